// Who may be listened to from where.
#include "app/front.hpp"

#include "base/log.hpp"
#include "net/address.hpp"

namespace kappa::app {

Front::Front(const std::string& title, std::string address)
    : router_(title, KAPPA_VERSION), address_(std::move(address)) {}

Result<Nothing> Front::start(const net::ServerOptions& options, rpc::TokenCheck accepts,
                             net::GivenSockets& given) {
  const bool local = net::is_local(TRY(net::parse_address(address_)));
  if (!local && accepts) {
    return Error{Code::invalid,
                 "a module cannot be exposed at " + address_ +
                     ": only unix:/PATH and this machine's own addresses are allowed"};
  }
  if (!local) {
    log::warning("passwords and tokens travel unencrypted; put a proxy that speaks TLS in front",
                 {{"listen", address_}});
  }
  rpc::HttpHandler handler = [this](const rpc::HttpRequest& request) {
    return router_.handle(request);
  };
  if (accepts) handler = rpc::require_token(std::move(handler), std::move(accepts));
  server_ = std::make_unique<net::Server>(options, std::move(handler));
  return server_->listen(address_, given);
}

std::string Front::address() const { return server_->address(); }

void Front::leave() {
  if (server_) server_->leave();
}

bool Front::is_leaving() const { return server_ && server_->is_leaving(); }

void Front::drain(std::int64_t within_ms) {
  if (server_) server_->drain(net::after(within_ms));
}

}  // namespace kappa::app
