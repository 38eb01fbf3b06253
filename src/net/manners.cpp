// RFC 9110 and the Fetch standard, as far as they concern an API.
#include "net/manners.hpp"

#include <algorithm>
#include <array>

#include "net/gzip.hpp"
#include "rpc/errors.hpp"
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

/// Takes the next tag off a list ("a", W/"b"), without its W/: weak and strong are alike here. ""
/// for what is none.
std::string_view next_tag(std::string_view& list) {
  list.remove_prefix(std::min(list.find_first_not_of(", \t"), list.size()));
  if (list.starts_with("W/")) list.remove_prefix(2);
  const std::size_t end = list.starts_with('"') ? list.find('"', 1) : list.npos;
  if (end == list.npos) {
    list.remove_prefix(std::min(list.find(','), list.size()));
    return "";
  }
  const std::string_view tag = list.substr(0, end + 1);
  list.remove_prefix(end + 1);
  return tag;
}

bool names_tag(std::string_view list, std::string_view tag) {
  if (list == "*") return true;
  while (!list.empty()) {
    if (next_tag(list) == tag) return true;
  }
  return false;
}

void make_not_modified(const rpc::HttpRequest& request, rpc::HttpResponse& response) {
  const std::string_view tag = rpc::field_of(response.fields, "ETag");
  const std::string known = rpc::list_of(request.fields, "If-None-Match");
  const bool looks = request.method == "GET" || request.method == "HEAD";
  if (!looks || response.status != 200 || tag.empty() || !names_tag(known, tag)) return;
  response.status = 304;
  response.body.clear();
  std::erase_if(response.fields, [](const rpc::HttpField& field) {
    return field.name == "Content-Type" || field.name == "Content-Encoding";
  });
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

/// The same content in other bytes (RFC 9110 8.8.1).
void weaken_tag(Fields& fields) {
  for (auto& field : fields) {
    if (field.name == "ETag" && !field.value.starts_with("W/")) field.value = "W/" + field.value;
  }
}

void compress(rpc::HttpResponse& response) {
  response.body = gzip(response.body);
  response.fields.push_back({"Content-Encoding", "gzip"});
  weaken_tag(response.fields);
}

/// What was compressed before anybody asked for it.
void decompress(rpc::HttpResponse& response) {
  response.body = gunzip(response.body);
  std::erase_if(response.fields,
                [](const rpc::HttpField& field) { return field.name == "Content-Encoding"; });
  weaken_tag(response.fields);
}

void allow_origin(const rpc::HttpRequest& request, Fields& fields) {
  fields.push_back(
      {"Access-Control-Allow-Origin", std::string(rpc::field_of(request.fields, "Origin"))});
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
  if (request.method != "OPTIONS" || !has(request.fields, "Origin") ||
      !has(request.fields, "Access-Control-Request-Method"))
    return std::nullopt;
  if (!allows(allow_origins, rpc::field_of(request.fields, "Origin"))) {
    rpc::HttpResponse refused = rpc::to_response(
        {Code::invalid,
         "this origin may not call Kappa; http.allow_origins in kappa.toml names those that may"});
    refused.status = 403;
    return refused;
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
  const bool compressed = rpc::field_of(response.fields, "Content-Encoding") == "gzip";
  const bool compressible = is_compressible(response);
  if (compressed || compressible) vary(response.fields, "Accept-Encoding");
  make_not_modified(request, response);
  const bool takes = rpc::takes_coding(rpc::list_of(request.fields, "Accept-Encoding"), "gzip");
  if (response.status != 304 && compressible && takes) compress(response);
  if (response.status != 304 && compressed && !takes) decompress(response);
  if (allow_origins.empty()) return;
  vary(response.fields, "Origin");
  if (has(response.fields, "Access-Control-Allow-Origin")) return;
  if (!allows(allow_origins, rpc::field_of(request.fields, "Origin"))) return;
  allow_origin(request, response.fields);
  response.fields.push_back(
      {"Access-Control-Expose-Headers", "Kappa-Verdict, X-Request-Id, Retry-After"});
}

}  // namespace kappa::net
