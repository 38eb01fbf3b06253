// A write that is tried to find out whether writes succeed again.
#pragma once

#include <chrono>
#include <mutex>

#include "kappa/core.hpp"

namespace kappa::store {

/// Thread-safe. However many ask, one tries at a time, and after a failure not before a second has
/// passed; the others are told how the last try ended.
class Trial {
 public:
  /// `attempt` is Result<Nothing>().
  template <class Attempt>
  Result<Nothing> made(const Attempt& attempt) {
    const std::unique_lock trying(trying_, std::try_to_lock);
    if (!trying || Clock::now() < next()) return failure();
    auto outcome = attempt();
    if (outcome) return outcome;
    const std::scoped_lock lock(mutex_);
    failure_ = outcome.error();
    next_ = Clock::now() + std::chrono::seconds(1);
    return outcome;
  }

 private:
  using Clock = std::chrono::steady_clock;

  Clock::time_point next() {
    const std::scoped_lock lock(mutex_);
    return next_;
  }
  Error failure() {
    const std::scoped_lock lock(mutex_);
    return failure_;
  }

  std::mutex trying_;  // held by whoever tries
  std::mutex mutex_;
  Clock::time_point next_;  // guarded by mutex_, as the rest
  Error failure_{Code::unavailable, "the last write failed, and another one is being tried"};
};

}  // namespace kappa::store
