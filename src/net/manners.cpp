// RFC 9110 and the Fetch standard, as far as they concern an API.
#include "net/manners.hpp"

#include <algorithm>
#include <array>

#include "net/gzip.hpp"
#include "rpc/media.hpp"

namespace kappa::net {
namespace {

constexpr std::size_t worth_compressing = 1024;  // below, the head and the work outweigh the gain

using Fields = std::vector<rpc::HttpField>;

bool has(const Fields& fields, std::string_view name) {
  return !rpc::field_of(fields, name).empty();
}

/// Adds a name to Vary: what else the reply depends on.
void vary(Fields& fields, const std::string& name) {
  for (auto& field : fields) {
    if (field.name == "Vary") {
      field.value += ", " + name;
      return;
    }
  }
  fields.push_back({"Vary", name});
}

bool allows(const std::vector<std::string>& origins, std::string_view origin) {
  return !origin.empty() && std::any_of(origins.begin(), origins.end(), [&](const std::string& o) {
    return o == origin || o == "*";
  });
}

/// Whether a list of tags ("a", W/"b", or *) names this one; weak and strong are alike here.
bool names_tag(std::string_view list, std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  if (list == "*") return true;
  for (std::size_t at = list.find(tag); at != list.npos; at = list.find(tag, at + 1)) {
    const char behind = at + tag.size() < list.size() ? list[at + tag.size()] : ',';
    if (behind == ',' || behind == ' ' || behind == '\t') return true;
  }
  return false;
}

void make_not_modified(const rpc::HttpRequest& request, rpc::HttpResponse& response) {
  const std::string_view tag = rpc::field_of(response.fields, "ETag");
  const std::string_view known = rpc::field_of(request.fields, "If-None-Match");
  const bool looks = request.method == "GET" || request.method == "HEAD";
  if (!looks || response.status != 200 || tag.empty() || !names_tag(known, tag)) return;
  response.status = 304;
  response.body.clear();
  std::erase_if(response.fields,
                [](const rpc::HttpField& field) { return field.name.starts_with("Content-"); });
}

bool is_text(std::string_view type) {
  type = type.substr(0, type.find(';'));
  constexpr std::array<std::string_view, 3> others = {"application/json", "application/javascript",
                                                      "image/svg+xml"};
  return type.starts_with("text/") || std::find(others.begin(), others.end(), type) != others.end();
}

/// Whether a client that takes it so gets the reply compressed.
bool is_compressible(const rpc::HttpResponse& response) {
  return response.body.size() >= worth_compressing && !response.stream &&
         !has(response.fields, "Content-Encoding") &&
         is_text(rpc::field_of(response.fields, "Content-Type"));
}

void compress(rpc::HttpResponse& response) {
  response.body = gzip(response.body);
  response.fields.push_back({"Content-Encoding", "gzip"});
  for (auto& field : response.fields) {
    if (field.name == "ETag" && !field.value.starts_with("W/")) field.value = "W/" + field.value;
  }
}

void allow_origin(const rpc::HttpRequest& request, Fields& fields) {
  fields.push_back(
      {"Access-Control-Allow-Origin", std::string(rpc::field_of(request.fields, "Origin"))});
  vary(fields, "Origin");
}

}  // namespace

bool is_origin(const std::string& text) {
  if (text == "*") return true;
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  return scheme != 0 && text.size() > scheme &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:[]", scheme) == text.npos;
}

std::optional<rpc::HttpResponse> answer_preflight(const rpc::HttpRequest& request,
                                                  const std::vector<std::string>& allow_origins) {
  if (request.method != "OPTIONS" || !has(request.fields, "Access-Control-Request-Method"))
    return std::nullopt;
  if (!allows(allow_origins, rpc::field_of(request.fields, "Origin"))) {
    return rpc::HttpResponse{
        403,
        {{"Content-Type", "application/json"}, {"Vary", "Origin"}},
        R"({"detail":"this origin may not call Kappa; http.allow_origins in kappa.toml names those that may"})"};
  }
  rpc::HttpResponse response{
      204,
      {{"Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE"},
       {"Access-Control-Allow-Headers", "Authorization, Content-Type, X-Request-Id, traceparent"},
       {"Access-Control-Max-Age", "600"}}};  // ten minutes, as most browsers cap it at
  allow_origin(request, response.fields);
  return response;
}

void finish_reply(const rpc::HttpRequest& request, const std::vector<std::string>& allow_origins,
                  rpc::HttpResponse& response) {
  if (!has(response.fields, "Cache-Control"))
    response.fields.push_back({"Cache-Control", "no-store"});
  response.fields.push_back({"X-Content-Type-Options", "nosniff"});
  const bool compressible = is_compressible(response);
  if (compressible) vary(response.fields, "Accept-Encoding");
  make_not_modified(request, response);
  const std::string_view codings = rpc::field_of(request.fields, "Accept-Encoding");
  if (compressible && response.status != 304 && rpc::takes_coding(codings, "gzip"))
    compress(response);
  if (allow_origins.empty()) return;
  if (has(response.fields, "Access-Control-Allow-Origin")) return;
  if (!allows(allow_origins, rpc::field_of(request.fields, "Origin"))) return;
  allow_origin(request, response.fields);
  response.fields.push_back(
      {"Access-Control-Expose-Headers", "Kappa-Verdict, X-Request-Id, Retry-After"});
}

}  // namespace kappa::net
