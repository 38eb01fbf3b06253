// Bearer tokens: random, opaque, kept only as their hash.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace kappa::data {

/// "kappa_" and 32 random bytes in base64url.
std::string make_token(Random& random);
/// What a token is found by; nothing when `token` cannot be one.
std::optional<std::array<std::uint8_t, 32>> token_key(std::string_view token);

}  // namespace kappa::data
