// SHA-256, as code ids and stored tokens are made with it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace kappa {

std::array<std::uint8_t, 32> sha256(std::string_view bytes);
/// The same as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace kappa
