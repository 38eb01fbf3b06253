// Random bytes and UUIDs.
#include "base/random.hpp"

#include <sodium.h>

#include <stdexcept>

namespace kappa {

SystemRandom::SystemRandom() {
  if (sodium_init() < 0)
    throw std::runtime_error("libsodium cannot start: no source of random numbers");
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  randombytes_buf(bytes.data(), bytes.size());
}

Uuid make_uuid(const Clock& clock, Random& random) {
  Uuid id;
  random.fill(id.bytes);
  const auto us = static_cast<std::uint64_t>(clock.now().us);
  const std::uint64_t ms = us / 1000;
  const std::uint64_t part = us % 1000 * 4096 / 1000;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | part >> 8);  // version 7
  id.bytes[7] = static_cast<std::uint8_t>(part);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);  // RFC 9562's variant
  return id;
}

Timestamp time_of(const Uuid& id) {
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | id.bytes[i];
  return {ms * 1000};
}

std::string to_text(const Uuid& id) {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += "0123456789abcdef"[id.bytes[i] >> 4];
    text += "0123456789abcdef"[id.bytes[i] & 15];
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  Uuid id;
  std::size_t size = 0;
  const char* end = nullptr;
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
    return std::nullopt;
  if (sodium_hex2bin(id.bytes.data(), id.bytes.size(), text.data(), text.size(), "-", &size,
                     &end) != 0)
    return std::nullopt;
  if (size != id.bytes.size() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace kappa
