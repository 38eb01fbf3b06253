// The comparison takes as long for a near miss as for a far one.
#include "rpc/service_token.hpp"

#include "base/hash.hpp"
#include "rpc/errors.hpp"
#include "rpc/mount.hpp"

namespace kappa::rpc {

HttpHandler require_token(HttpHandler handler, const std::string& token) {
  // Hashes, because what a comparison of those betrays by its time is of no use.
  const auto expected = sha256(token);
  return [handler = std::move(handler), expected](const HttpRequest& request) {
    const auto given = bearer_token(request);
    if (!given) return to_response(given.error());
    if (sha256(*given) != expected)
      return to_response({Code::unauthorized, "Could not validate credentials"});
    return handler(request);
  };
}

Transport with_token(Transport transport, const std::string& token) {
  return [transport = std::move(transport), field = "Bearer " + token](const HttpRequest& request) {
    HttpRequest copy = request;
    copy.fields.push_back({"Authorization", field});
    return transport(copy);
  };
}

}  // namespace kappa::rpc
