// A refusal is marked by its realm: operations of modules say "unauthorized" too, of users.
#include "rpc/service_token.hpp"

#include "rpc/errors.hpp"
#include "rpc/mount.hpp"

namespace kappa::rpc {
namespace {

constexpr std::string_view realm = "Bearer realm=\"Kappa module\"";

bool is_public(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return path == "/openapi.json" || path == "/docs" || path.starts_with("/docs/");
}

HttpResponse refuse() {
  HttpResponse response =
      to_response({Code::unauthorized, "this module wants the token of its token file"});
  for (HttpField& field : response.fields) {
    if (field.name == "WWW-Authenticate") field.value = realm;
  }
  return response;
}

bool bears_token(const HttpRequest& request, const TokenCheck& accepts) {
  const auto given = bearer_token(request);
  return given && accepts(*given);
}

bool is_refused(const HttpResponse& response) {
  return response.status == 401 && field_of(response.fields, "WWW-Authenticate") == realm;
}

}  // namespace

HttpHandler require_token(HttpHandler handler, TokenCheck accepts) {
  return [handler = std::move(handler), accepts = std::move(accepts)](const HttpRequest& request) {
    const bool let_through = is_public(request.target) || bears_token(request, accepts);
    return let_through ? handler(request) : refuse();
  };
}

BodyRefusal require_token_for_body(TokenCheck accepts) {
  return [accepts = std::move(accepts)](const HttpRequest& head) -> std::optional<HttpResponse> {
    if (bears_token(head, accepts)) return std::nullopt;
    return refuse();
  };
}

Transport with_token(Transport transport, TokenSource token, const std::string& url) {
  return [transport = std::move(transport), token = std::move(token),
          url](const HttpRequest& request) -> Result<HttpResponse> {
    std::string brought = token(Look::soon);
    HttpRequest copy = request;
    copy.fields.push_back({"Authorization", "Bearer " + brought});
    auto response = TRY(transport(copy));
    if (!is_refused(response)) return response;
    if (std::string other = token(Look::now); other != brought) {
      copy.fields.back().value = "Bearer " + other;
      response = TRY(transport(copy));
      if (!is_refused(response)) return response;
    }
    return Error{Code::unavailable,
                 "the module at " + url +
                     " does not accept our token; copy its token file from the Kappa that exposes "
                     "it",
                 {},
                 Contact::refused};
  };
}

}  // namespace kappa::rpc
