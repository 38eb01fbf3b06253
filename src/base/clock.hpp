// Where wall-clock time comes from, so that tests can set it. Deadlines use
// std::chrono::steady_clock instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kappa/types.hpp"

namespace kappa {

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
};

/// "2026-11-24T11:00:16.123456+00:00": RFC 3339, always UTC, always microseconds, so that text
/// order is time order.
std::string to_text(Timestamp ts);
/// Reads RFC 3339 with any offset and 0 to 6 digits of fraction; nothing when it is something else.
std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace kappa
