// Where wall-clock time comes from, so that tests can set it. Deadlines use
// std::chrono::steady_clock instead.
#pragma once

#include <chrono>
#include <mutex>
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

/// The machine's clock, except that it never goes back: ids and pages stay in order. When the
/// machine's is set back this one goes on at half its speed until the two agree.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;

 private:
  mutable std::mutex mutex_;
  mutable Timestamp last_{};                            ///< guarded by mutex_, as the next
  mutable std::chrono::steady_clock::time_point seen_;  ///< when it was that
};

/// "2026-11-24T11:00:16.123456+00:00": RFC 3339, always UTC, always microseconds, so that text
/// order is time order.
std::string to_text(Timestamp ts);
/// Reads RFC 3339 with any offset and 0 to 6 digits of fraction; nothing when it is something else.
std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace kappa
