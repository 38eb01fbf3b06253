// Matching by segments.
#include "rpc/router.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/hash.hpp"
#include "rpc/docs.hpp"
#include "rpc/errors.hpp"

namespace kappa::rpc {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (path.size() > 1) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    segments.push_back(path.substr(1, end - 1));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_hole(std::string_view segment) { return segment.starts_with('{'); }

/// How many segments match literally; -1 when the path does not match.
int literal_matches(const std::vector<std::string_view>& pattern,
                    const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return -1;
  int literal = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (pattern[i] == path[i]) {
      ++literal;
    } else if (!is_hole(pattern[i]) || path[i].empty()) {
      return -1;
    }
  }
  return literal;
}

HttpResponse plain_refusal(unsigned status, const Error& error) {
  HttpResponse response = to_response(error);
  response.status = status;
  return response;
}

HttpResponse method_not_allowed(std::string allow) {
  HttpResponse response =
      plain_refusal(405, {Code::invalid, "this path takes " + allow + ", no other method"});
  response.fields.push_back({"Allow", std::move(allow)});
  return response;
}

/// What can only be looked at.
HttpResponse looked_at(const HttpRequest& request, HttpResponse response) {
  if (request.method == "GET" || request.method == "HEAD") return response;
  if (request.method == "OPTIONS") return {204, {{"Allow", "GET, HEAD, OPTIONS"}}};
  return method_not_allowed("GET, HEAD, OPTIONS");
}

/// A browser that fetches a link before anybody follows it says so.
bool is_prefetch(const HttpRequest& request) {
  for (const char* name : {"Sec-Purpose", "Purpose", "X-Moz"}) {
    if (field_of(request.fields, name).find("prefetch") != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

Router::Router(std::string title, std::string version)
    : title_(std::move(title)), version_(std::move(version)) {}

void Router::add(OperationDoc doc, Operation operation) {
  auto segments = split(doc.path);
  entries_.push_back({std::move(doc), std::move(segments), std::move(operation)});
}

void Router::explain(std::string_view markdown) {
  for (auto& [name, text] : read_operation_texts(markdown)) {
    const auto named = [&name = name](const Entry& entry) { return entry.doc.name == name; };
    const auto entry = std::find_if(entries_.begin(), entries_.end(), named);
    if (entry == entries_.end()) throw std::logic_error("no operation is called '" + name + "'");
    entry->doc.text = std::move(text);
  }
}

Router::Found Router::find(const std::string& method, const Target& target) const {
  Found found;
  int best_literal = -1;
  const auto allow = [&found](std::string_view verb) {
    found.allow += (found.allow.empty() ? "" : ", ") + std::string(verb);
  };
  for (const Entry& entry : entries_) {
    const int literal = literal_matches(entry.segments, target.segments);
    if (literal < 0) continue;
    const bool looks = entry.doc.verb == "GET" && !entry.doc.acts;
    allow(entry.doc.verb);
    if (looks) allow("HEAD");
    const bool fits = entry.doc.verb == method || (method == "HEAD" && looks);
    if (!fits || literal <= best_literal) continue;
    found.entry = &entry;
    best_literal = literal;
  }
  if (!found.allow.empty()) allow("OPTIONS");
  return found;
}

HttpResponse Router::handle(const HttpRequest& request) const {
  if (request.method == "OPTIONS" && request.target == "*")
    return {204, {{"Allow", "GET, HEAD, POST, DELETE, OPTIONS"}}};
  const auto target = parse_target(request.target);
  if (!target)
    return plain_refusal(
        400, {Code::invalid, "the request's target is malformed: expected percent-encoded UTF-8"});
  if (const auto& path = target->segments; !path.empty() && path.size() <= 2) {
    if (path.front() == "openapi.json" && path.size() == 1)
      return looked_at(request, description());
    if (path.front() == "docs")
      return looked_at(request, docs_reply(path.size() == 1 ? "index.html" : path.back()));
  }
  const Found found = find(request.method, *target);
  if (found.allow.empty())
    return to_response({Code::not_found, "no such path; /openapi.json lists them"});
  if (request.method == "OPTIONS") return {204, {{"Allow", found.allow}}};
  if (found.entry == nullptr) return method_not_allowed(found.allow);
  if (found.entry->doc.acts && is_prefetch(request))
    return plain_refusal(403, {Code::invalid, "a function is not run to fetch a page ahead"});
  RouteMatch match{{}, *target};
  for (std::size_t i = 0; i < found.entry->segments.size(); ++i) {
    const std::string_view segment = found.entry->segments[i];
    if (is_hole(segment))
      match.path.emplace_back(segment.substr(1, segment.size() - 2), target->segments[i]);
  }
  return found.entry->operation(request, match);
}

HttpResponse Router::description() const {
  std::call_once(described_, [this] {
    description_ = openapi();
    description_tag_ = "\"" + sha256_hex(description_).substr(0, 32) + "\"";
  });
  return {200,
          {{"Content-Type", "application/json"},
           {"ETag", description_tag_},
           {"Cache-Control", "no-cache"}},
          description_};
}

}  // namespace kappa::rpc
