// SHA-256 by libsodium.
#include "base/hash.hpp"

#include <sodium.h>

namespace kappa {
namespace {

std::string hex_of(const std::array<std::uint8_t, 32>& hash) {
  std::string text(2 * hash.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
  text.pop_back();
  return text;
}

}  // namespace

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
  std::array<std::uint8_t, 32> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  return hash;
}

std::string sha256_hex(std::string_view bytes) { return hex_of(sha256(bytes)); }

struct Sha256::State : crypto_hash_sha256_state {};

Sha256::Sha256() : state_(std::make_unique<State>()) { crypto_hash_sha256_init(state_.get()); }
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  crypto_hash_sha256_update(state_.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
}

std::string Sha256::hex() {
  std::array<std::uint8_t, 32> hash{};
  crypto_hash_sha256_final(state_.get(), hash.data());
  return hex_of(hash);
}

}  // namespace kappa
