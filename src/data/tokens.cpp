// Made and recognised.
#include "data/tokens.hpp"

#include <sodium.h>

#include "base/hash.hpp"

namespace kappa::data {
namespace {

constexpr std::string_view prefix = "kappa_";  // so that scanners for leaked secrets know them
constexpr int alphabet = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_digits = sodium_base64_ENCODED_LEN(secret_bytes, alphabet) - 1;

}  // namespace

std::string make_token(Random& random) {
  std::array<std::uint8_t, secret_bytes> secret{};
  random.fill(secret);
  std::array<char, secret_digits + 1> digits{};
  sodium_bin2base64(digits.data(), digits.size(), secret.data(), secret.size(), alphabet);
  return std::string(prefix) + digits.data();
}

std::optional<std::array<std::uint8_t, 32>> token_key(std::string_view token) {
  if (token.size() != prefix.size() + secret_digits || !token.starts_with(prefix))
    return std::nullopt;
  return sha256(token);
}

}  // namespace kappa::data
