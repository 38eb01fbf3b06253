// Who may be listened to from where.
#include "app/front.hpp"

#include "base/log.hpp"
#include "net/address.hpp"
#include "rpc/mount.hpp"

namespace kappa::app {
namespace {

struct Health {
  bool ready = true;
  std::string reason;  ///< why not
};
BOOST_DESCRIBE_STRUCT(Health, (), (ready, reason))

}  // namespace

Front::Front(const std::string& title, std::string address)
    : router_(title, KAPPA_VERSION), address_(std::move(address)) {}

Result<Nothing> Front::open(const net::ServerOptions& options, net::TlsIdentity* identity,
                            rpc::TokenCheck accepts, net::GivenSockets& given) {
  const bool local = net::is_local(TRY(net::parse_address(address_)));
  const bool open_to_see = !local && !net::is_https(address_);
  if (open_to_see && accepts)
    return Error{Code::invalid, "a module cannot be exposed at " + address_ + " without https://"};
  if (open_to_see) {
    log::warning(
        "passwords and tokens travel unencrypted; listen at https://, or put a proxy that speaks "
        "TLS in front",
        {{"listen", address_}});
  }
  rpc::HttpHandler handler = [this](const rpc::HttpRequest& request) {
    return router_.handle(request);
  };
  rpc::BodyRefusal refuses_body;
  if (accepts) {
    refuses_body = rpc::require_token_for_body(accepts);
    handler = rpc::require_token(std::move(handler), std::move(accepts));
  }
  if (ready_) {
    handler = [this, handler = std::move(handler)](const rpc::HttpRequest& request) {
      if (request.target == "/health") return health();
      const UnderWay::One one(under_way_);
      return handler(request);
    };
  }
  server_ =
      std::make_unique<net::Server>(options, std::move(handler), identity, std::move(refuses_body));
  return server_->open(address_, given);
}

void Front::begin() { server_->begin(); }

rpc::HttpResponse Front::health() const {
  Health health;
  if (is_leaving()) {
    health = {false, "it is being stopped; what runs here goes on"};
  } else if (const auto ready = ready_(); !ready) {
    health = {false, ready.error().detail};
  }
  auto response = rpc::json_response(rpc::write_json(health));
  if (!health.ready) response.status = is_leaving() ? 404 : 503;
  return response;
}

std::string Front::address() const { return server_->address(); }

void Front::leave() {
  if (server_) server_->leave();
}

bool Front::is_leaving() const { return server_ && server_->is_leaving(); }

void Front::drain(std::int64_t within_ms) {
  if (!server_) return;
  const net::Deadline deadline = net::after(within_ms);
  server_->leave();
  under_way_.wait_for_none(deadline);
  server_->drain(deadline);
}

}  // namespace kappa::app
