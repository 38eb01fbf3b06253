// Request targets: taken apart into decoded segments and parameters, and put together.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kappa::rpc {

struct Target {
  std::vector<std::string> segments;  ///< decoded; a trailing slash adds none
  std::vector<std::pair<std::string, std::string>>
      parameters;  ///< decoded, '+' as a space, in order
};

/// Takes an origin-form target apart; nothing when it is malformed.
std::optional<Target> parse_target(std::string_view target);

/// Percent-encodes everything but RFC 3986's unreserved characters.
std::string url_encode(std::string_view text);

}  // namespace kappa::rpc
