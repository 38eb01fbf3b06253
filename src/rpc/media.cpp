// Lists with weights, taken apart.
#include "rpc/media.hpp"

#include <algorithm>
#include <string>

#include "rpc/errors.hpp"

namespace kappa::rpc {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

/// Cuts the text before `separator` off `rest`, trimmed.
std::string_view cut(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trim(part);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

/// Whether the parameters behind a range have a weight of 0: "q=0", "q=0.000".
bool weightless(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string parameter = lower(cut(parameters, ';'));
    if (parameter.starts_with("q=0") && parameter.find_first_not_of("0.", 2) == parameter.npos)
      return true;
  }
  return false;
}

/// How closely a range names a type: 3 exactly, 2 "application/*", 1 "*/*", 0 not at all.
int closeness(const std::string& range, std::string_view type) {
  if (range == type) return 3;
  if (range == "*/*") return 1;
  const std::size_t slash = type.find('/');
  return range == std::string(type.substr(0, slash + 1)) + "*" ? 2 : 0;
}

/// A client's bytes as a text that can be shown.
std::string visible(std::string_view bytes) {
  std::string text(bytes);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c >= 0x7f; }, '?');
  return text;
}

HttpResponse refusal(unsigned status, const std::string& detail) {
  HttpResponse response = to_response({Code::unacceptable, detail});
  response.status = status;
  return response;
}

}  // namespace

bool accepts(std::string_view accept, std::string_view type) {
  if (accept.find_first_not_of(", \t") == accept.npos) return true;
  int closest = 0;
  bool taken = false;
  while (!accept.empty()) {
    std::string_view item = cut(accept, ',');
    const int close = closeness(lower(cut(item, ';')), type);
    if (close <= closest) continue;
    closest = close;
    taken = !weightless(item);
  }
  return taken;
}

bool takes_coding(std::string_view accept_encoding, std::string_view coding) {
  bool named = false;
  bool taken = false;
  while (!accept_encoding.empty()) {
    std::string_view item = cut(accept_encoding, ',');
    const std::string name = lower(cut(item, ';'));
    if (name != coding && (name != "*" || named)) continue;
    named = name == coding;
    taken = !weightless(item);
  }
  return taken;
}

bool is_json(std::string_view content_type) {
  if (content_type.empty()) return true;
  const std::string type = lower(cut(content_type, ';'));
  const bool json =
      type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
  while (!content_type.empty()) {
    const std::string parameter = lower(cut(content_type, ';'));
    if (!parameter.starts_with("charset=")) continue;
    if (parameter != "charset=utf-8" && parameter != "charset=\"utf-8\"") return false;
  }
  return json;
}

std::optional<HttpResponse> media_refusal(const HttpRequest& request, bool wants_json) {
  const std::string coding = lower(list_of(request.fields, "Content-Encoding"));
  if (!coding.empty() && coding != "identity") {
    HttpResponse response = refusal(415, "the body has a Content-Encoding; send it without one");
    response.fields.push_back({"Accept-Encoding", "identity"});
    return response;
  }
  const std::string_view type = field_of(request.fields, "Content-Type");
  if (!request.body.empty() && !is_json(type)) {
    return refusal(415, "the body is '" + visible(type.substr(0, 100)) +
                            "'; send JSON in UTF-8, with Content-Type: application/json");
  }
  if (wants_json && !accepts(list_of(request.fields, "Accept"), "application/json"))
    return refusal(406, "the reply is application/json, which the request's Accept does not take");
  return std::nullopt;
}

}  // namespace kappa::rpc
