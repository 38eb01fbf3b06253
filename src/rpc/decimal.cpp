// Digit by digit where the text allows it, else by the double that the text means.
#include "rpc/decimal.hpp"

#include <cmath>
#include <limits>

namespace kappa::rpc {
namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

std::int64_t power_of_ten(int digits) {
  std::int64_t power = 1;
  for (; digits > 0; --digits) power *= 10;
  return power;
}

/// The decimal whose nearest double this is, if there is one.
std::optional<std::int64_t> nearest_decimal(double value, int digits) {
  const auto power = static_cast<long double>(power_of_ten(digits));
  const long double product = value * power;
  if (!(product >= 0) || product >= static_cast<long double>(largest)) return std::nullopt;
  const std::int64_t scaled = std::llround(product);
  if (static_cast<double>(static_cast<long double>(scaled) / power) != value) return std::nullopt;
  return scaled;
}

/// Appends a digit; false when there is no room for it.
bool append_digit(std::int64_t& to, int digit) {
  return !__builtin_mul_overflow(to, 10, &to) && !__builtin_add_overflow(to, digit, &to);
}

}  // namespace

std::optional<std::int64_t> read_decimal(JsonView number, int digits) {
  std::int64_t scaled = 0;
  int decimals = 0;
  bool behind_point = false;
  for (const char c : number.text()) {
    if (c == '.') {
      behind_point = true;
      continue;
    }
    decimals += behind_point ? 1 : 0;
    const bool plain = c >= '0' && c <= '9' && decimals <= digits;
    if (!plain) return nearest_decimal(number.number(), digits);
    if (!append_digit(scaled, c - '0')) return std::nullopt;
  }
  for (; decimals < digits; ++decimals) {
    if (!append_digit(scaled, 0)) return std::nullopt;
  }
  return scaled;
}

std::string decimal_text(std::int64_t scaled, int digits) {
  const std::int64_t power = power_of_ten(digits);
  std::string text = std::to_string(scaled / power);
  if (scaled % power == 0) return text;
  std::string decimals = std::to_string(scaled % power + power).replace(0, 1, ".");
  while (decimals.ends_with('0')) decimals.pop_back();
  return text + decimals;
}

std::string expected_decimal(int digits) {
  return "expected a number from 0 to below " + std::to_string(largest / power_of_ten(digits)) +
         " with at most " + std::to_string(digits) + " decimals";
}

}  // namespace kappa::rpc
