// Use is told of in lumps, by some calls as seldom as they are looked at: what comes in meanwhile
// is kept for it.
#include "runner/cpu_credit.hpp"

#include <algorithm>
#include <utility>

namespace kappa::runner {
namespace {

constexpr double least_kept_us = 8'000;   // a call or two of an ordinary function
constexpr double look_us = 50'000;        // from one look at what a call uses to the next
constexpr double longest_us = 1'000'000;  // of giving way at rest

}  // namespace

bool CpuCredit::spend(std::int64_t us, double processors, Time now) {
  const Time until = std::max(now, counted_);  // two threads may come in another order
  const std::chrono::duration<double, std::micro> since = until - std::exchange(counted_, until);
  left_us_ += since.count() * processors - static_cast<double>(us);
  left_us_ = std::clamp(left_us_, -longest_us * processors, least_kept_us + look_us * processors);
  return left_us_ <= 0;
}

}  // namespace kappa::runner
