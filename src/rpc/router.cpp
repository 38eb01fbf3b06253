// Matching by segments.
#include "rpc/router.hpp"

#include <algorithm>

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

HttpResponse method_not_allowed(std::string allow) {
  HttpResponse response =
      to_response({Code::not_found, "this path takes " + allow + ", no other method"});
  response.status = 405;
  response.fields.push_back({"Allow", std::move(allow)});
  return response;
}

}  // namespace

Router::Router(std::string title, std::string version)
    : title_(std::move(title)), version_(std::move(version)) {}

void Router::add(OperationDoc doc, Operation operation) {
  auto segments = split(doc.path);
  entries_.push_back({std::move(doc), std::move(segments), std::move(operation)});
}

HttpResponse Router::handle(const HttpRequest& request) const {
  const auto target = parse_target(request.target);
  if (!target) return to_response({Code::not_found, "the request's target is malformed"});
  if (request.method == "GET" && target->segments == std::vector<std::string>{"openapi.json"}) {
    return {200, {{"Content-Type", "application/json"}}, openapi()};
  }
  const Entry* best = nullptr;
  int best_literal = -1;
  std::string allow;
  for (const Entry& entry : entries_) {
    const int literal = literal_matches(entry.segments, target->segments);
    if (literal < 0) continue;
    if (entry.doc.verb != request.method) {
      allow += (allow.empty() ? "" : ", ") + std::string(entry.doc.verb);
    } else if (literal > best_literal) {
      best = &entry;
      best_literal = literal;
    }
  }
  if (best == nullptr && !allow.empty()) return method_not_allowed(std::move(allow));
  if (best == nullptr)
    return to_response({Code::not_found, "no such path; /openapi.json lists them"});
  RouteMatch match{{}, *target};
  for (std::size_t i = 0; i < best->segments.size(); ++i) {
    const std::string_view segment = best->segments[i];
    if (is_hole(segment))
      match.path.emplace_back(segment.substr(1, segment.size() - 2), target->segments[i]);
  }
  return best->operation(request, match);
}

}  // namespace kappa::rpc
