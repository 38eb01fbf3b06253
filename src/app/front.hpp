// A router and the listener before it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/under_way.hpp"
#include "net/given_sockets.hpp"
#include "net/server.hpp"
#include "rpc/router.hpp"
#include "rpc/service_token.hpp"

namespace kappa::app {

/// Whether what is behind a listener can do its work now; an error's detail says why not.
using Ready = std::function<Result<Nothing>()>;

/// Filled with operations, then opened and begun once. Drains when it goes.
class Front {
 public:
  Front(const std::string& title, std::string address);

  rpc::Router& router() { return router_; }
  /// Has GET /health say what `ready` does, 200 or 503, to whoever asks: a load balancer. While it
  /// leaves it is 404, by which HAProxy knows (disable-on-404) that what runs here goes on.
  void tell_health(Ready ready) { ready_ = std::move(ready); }
  /// Listens at the socket of `given` that is there, else at one of its own; to answer whoever
  /// bears a token that `accepts` takes, or everybody when there is none. `identity` is for
  /// addresses with https, and outlives it. unavailable: the address cannot be listened on.
  /// invalid: it is none, or it leaves this machine without TLS although a token is asked for,
  /// which anybody on the way could read.
  Result<Nothing> open(const net::ServerOptions& options, net::TlsIdentity* identity,
                       rpc::TokenCheck accepts, net::GivenSockets& given);
  /// Begins to answer, also those who have been waiting since. After open(), once.
  void begin();
  /// Where it answers. After open().
  std::string address() const;
  /// As net::Server has them.
  void leave();
  bool is_leaving() const;
  /// Leaves, and goes on answering until nothing is under way: a balancer that could not ask for
  /// the health any more would take what runs here for lost. Then it ends listening. At most so
  /// long.
  void drain(std::int64_t within_ms);

 private:
  rpc::HttpResponse health() const;

  rpc::Router router_;
  const std::string address_;
  Ready ready_;
  UnderWay under_way_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace kappa::app
