// All that came in since the last time may be used now, and of what was not used some later.
#include "runner/cpu_credit.hpp"

#include <algorithm>

namespace kappa::runner {
namespace {

constexpr double most_us = 8'000;         // a call or two of an ordinary function
constexpr double longest_us = 1'000'000;  // of giving way at rest

}  // namespace

bool CpuCredit::spend(std::int64_t us, double processors, Time now) {
  const std::chrono::duration<double, std::micro> since = now - counted_;
  left_us_ += since.count() * processors - static_cast<double>(us);
  left_us_ = std::clamp(left_us_, -longest_us * processors, most_us);
  counted_ = now;
  return left_us_ <= 0;
}

}  // namespace kappa::runner
