// Tokens and replies, the same for every operation.
#include "rpc/mount.hpp"

namespace kappa::rpc {

Result<std::string> bearer_token(const HttpRequest& request) {
  const std::string_view field = field_of(request.fields, "Authorization");
  if (field.empty()) return Error{Code::unauthorized, "Not authenticated"};
  constexpr std::string_view scheme = "bearer ";
  bool bearer = field.size() > scheme.size();
  for (std::size_t i = 0; bearer && i < scheme.size(); ++i)
    bearer = (field[i] | 0x20) == (scheme[i] | 0x20);
  if (!bearer) return Error{Code::unauthorized, "Could not validate credentials"};
  return std::string(field.substr(scheme.size()));
}

HttpResponse to_response(Stream stream) {
  HttpResponse response{200,
                        {{"Content-Type", stream.content_type}, {"Cache-Control", "no-store"}}};
  // A proxy that gathers would hold events back.
  if (stream.content_type == "text/event-stream")
    response.fields.push_back({"X-Accel-Buffering", "no"});
  response.stream = std::move(stream);
  return response;
}

HttpResponse json_response(std::string body) {
  return {
      200, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, std::move(body)};
}

}  // namespace kappa::rpc
