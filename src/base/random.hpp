// Where randomness comes from, and what is made of it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "kappa/types.hpp"

namespace kappa {

/// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

/// The kernel's random numbers, through libsodium.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  void fill(std::span<std::uint8_t> bytes) override;
};

/// A version 7 UUID (RFC 9562): milliseconds in front, then the part of one in 12 bits (its section
/// 6.2, method 3), then 62 random bits. Ids of two microseconds are in the order of time.
Uuid make_uuid(const Clock& clock, Random& random);
/// When a version 7 UUID was made, to the millisecond.
Timestamp time_of(const Uuid& id);
std::string to_text(const Uuid& id);
/// Reads the 36-character form, in either case; nothing when it is something else.
std::optional<Uuid> parse_uuid(std::string_view text);

}  // namespace kappa
