// A router and the listener before it.
#pragma once

#include <memory>
#include <string>

#include "net/given_sockets.hpp"
#include "net/server.hpp"
#include "rpc/router.hpp"
#include "rpc/service_token.hpp"

namespace kappa::app {

/// Filled with operations, then started once. Drains when it goes.
class Front {
 public:
  Front(const std::string& title, std::string address);

  rpc::Router& router() { return router_; }
  /// Answers at the socket of `given` that listens there, else at one of its own; whoever bears a
  /// token that `accepts` takes, or everybody when there is none.
  /// unavailable: the address cannot be listened on. invalid: it is none, or it leaves this machine
  /// although a token is asked for: without TLS anybody on the way could read it.
  Result<Nothing> start(const net::ServerOptions& options, rpc::TokenCheck accepts,
                        net::GivenSockets& given);
  /// Where it answers. After start().
  std::string address() const;
  /// As net::Server has them.
  void leave();
  bool is_leaving() const;
  /// Leaves, ends listening, and waits for what is under way, at most so long.
  void drain(std::int64_t within_ms);

 private:
  rpc::Router router_;
  const std::string address_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace kappa::app
