// The HTTP front: accepts connections and answers requests, one reused thread per connection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kappa/core.hpp"
#include "net/given_sockets.hpp"
#include "net/socket.hpp"
#include "net/tls_identity.hpp"
#include "rpc/http.hpp"

namespace kappa::net {

/// The keys of kappa.toml's [http].
struct ServerOptions {
  std::int64_t max_connections = 1024;   ///< more are answered 503 at once
  std::int64_t header_bytes = 16 << 10;  ///< request line and fields together; more is 431
  std::int64_t body_bytes = 8 << 20;     ///< more is 413
  std::int64_t header_timeout_ms =
      10'000;  ///< from a request's first byte to the end of its fields; later is 408
  std::int64_t body_timeout_ms = 30'000;  ///< from there to the end of its body; later is 408
  std::int64_t write_timeout_ms =
      30'000;  ///< for a reply, and for each piece of a stream, to be taken
  std::int64_t idle_timeout_ms = 60'000;  ///< between two requests of a connection
  std::int64_t leave_ms = 1'000;          ///< that connections are still answered in while it ends
  bool access_log = true;                 ///< a line in the log per request
  /// Origins ("http://127.0.0.1:8000") whose pages may call Kappa from a browser; "*" is any
  std::vector<std::string> allow_origins = {};
  std::string socket_mode = "0600";  ///< who may connect to a Unix socket, as chmod has it
};
BOOST_DESCRIBE_STRUCT(ServerOptions, (),
                      (max_connections, header_bytes, body_bytes, header_timeout_ms,
                       body_timeout_ms, write_timeout_ms, idle_timeout_ms, leave_ms, access_log,
                       allow_origins, socket_mode))

/// Thread-safe. The handler is called from many threads at once, and outlives the server with all
/// it refers to.
class Server {
 public:
  /// `identity`, for addresses with https, outlives the server too. A request whose body
  /// `refuses_body` refuses is answered so before any of the body is asked for, and its connection
  /// ends.
  Server(const ServerOptions& options, rpc::HttpHandler handler, TlsIdentity* identity = nullptr,
         rpc::BodyRefusal refuses_body = nullptr);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Drains, giving what is under way no more time.
  ~Server();

  /// Listens at an address as net/address.hpp has it, over TLS when it begins with https://: with
  /// the socket of `given` that listens there, which stays when this server ends, else with one of
  /// its own. Who connects waits until begin(). Errors as listen_on() has them; invalid also: there
  /// is no identity for https. Call it once.
  Result<Nothing> open(const std::string& address, GivenSockets& given);
  /// Begins to answer. After open(), once.
  void begin();
  /// Both, with a socket of its own.
  Result<Nothing> listen(const std::string& address);
  /// Where it answers: "http://127.0.0.1:8010". After open().
  std::string address() const;
  /// From now on each reply is its connection's last and says so. Who asks on a connection that it
  /// kept open, or makes a new one, is answered all the same, for leave_ms or until there are no
  /// connections: a request that is on its way when its connection is closed would be lost.
  void leave();
  /// Whether it does.
  bool is_leaving() const;
  /// Leaves, if leave() was not called before; then ends listening and idle connections, and waits
  /// for requests under way. At the deadline their connections are cut. leave() and drain() are
  /// called by one thread.
  void drain(Deadline deadline);

 private:
  class Front;
  std::unique_ptr<Front> front_;
};

}  // namespace kappa::net
