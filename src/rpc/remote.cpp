// What every call's client side shares.
#include "rpc/remote.hpp"

#include <memory>

#include "base/trace.hpp"

namespace kappa::rpc::detail {

void append_parameter(std::string& query, std::string_view name, std::string_view text) {
  query += query.empty() ? '?' : '&';
  query += url_encode(name) + '=' + url_encode(text);
}

void add_trace(HttpRequest& request) {
  const Trace* trace = current_trace();
  if (trace == nullptr) return;
  request.fields.push_back({"X-Request-Id", trace->request_id});
  if (std::string parent = make_traceparent(*trace); !parent.empty())
    request.fields.push_back({"traceparent", std::move(parent)});
}

Stream to_stream(HttpResponse response) {
  if (response.stream) return *std::move(response.stream);
  const auto body = std::make_shared<std::optional<std::string>>(std::move(response.body));
  return {std::string(field_of(response.fields, "Content-Type")),
          [body]() -> Result<std::optional<std::string>> {
            return std::exchange(*body, std::nullopt);
          }};
}

Error unreadable(const std::vector<Fault>& faults) {
  return {Code::unavailable, "the server's reply does not fit its description", faults,
          Contact::strange};
}

bool is_refusal(const HttpResponse& response) {
  if (response.status < 400) return false;
  if (json_fault(response.body, max_reply_depth) ||
      JsonView(response.body).kind() != JsonKind::object)
    return true;
  for (JsonCursor member{JsonView(response.body)}; member.next();) {
    if (member.key() == "detail") return true;
  }
  return false;
}

}  // namespace kappa::rpc::detail
