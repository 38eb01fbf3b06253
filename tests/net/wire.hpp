// A server under test and raw connections to it: bytes in, bytes out.
#pragma once

#include <string>

#include "net/address.hpp"
#include "net/server.hpp"
#include "support.hpp"

namespace kappa::net::test {

using kappa::test::eventually;
using kappa::test::TempDir;

inline ServerOptions quiet_options() {
  ServerOptions options;
  options.access_log = false;
  return options;
}

/// Answers with the method, the target and the body's size.
inline rpc::HttpResponse echo(const rpc::HttpRequest& request) {
  return {200,
          {{"Content-Type", "text/plain"}},
          request.method + " " + request.target + " " + std::to_string(request.body.size())};
}

struct Listening {
  Server server;
  explicit Listening(ServerOptions options = quiet_options(), rpc::HttpHandler handler = echo,
                     const std::string& at = "127.0.0.1:0", TlsIdentity* identity = nullptr)
      : server(options, std::move(handler), identity) {
    REQUIRE(server.listen(at));
  }
};

/// One raw connection.
class Wire {
 public:
  explicit Wire(const Server& server) : socket_(open(server)) {}

  Wire& send(const std::string& bytes) {
    sent_ = socket_.write_all(bytes, after(5000));
    return *this;
  }
  /// Everything until `end` has come, the server closes, or 5 s have passed; then last_io() says
  /// which.
  std::string read_until(const std::string& end) {
    while (end.empty() || buffer_.find(end) == buffer_.npos) {
      char chunk[4096];
      std::size_t got = 0;
      last_ = socket_.read_some(chunk, sizeof chunk, got, after(5000));
      if (last_ != Io::ok) break;
      buffer_.append(chunk, got);
    }
    const std::size_t at = end.empty() ? buffer_.npos : buffer_.find(end);
    const std::size_t size = at == buffer_.npos ? buffer_.size() : at + end.size();
    std::string out = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return out;
  }
  /// Everything until the server closes.
  std::string read_all() { return read_until(""); }
  Io last_io() const { return last_; }
  /// How the last send() ended.
  Io last_send() const { return sent_; }

 private:
  static Socket open(const Server& server) {
    auto socket = connect_to(*parse_address(server.address()), after(2000));
    REQUIRE(socket);
    return *std::move(socket);
  }
  Socket socket_;
  std::string buffer_;
  Io last_ = Io::ok;
  Io sent_ = Io::ok;
};

}  // namespace kappa::net::test
