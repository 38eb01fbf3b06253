// What was not used before is there at once, what was used too much is missing.
#include "runner/cpu_credit.hpp"

#include <algorithm>

namespace kappa::runner {
namespace {

constexpr double most_us = 8'000;         // a call or two of an ordinary function
constexpr double longest_us = 1'000'000;  // of giving way at rest

}  // namespace

bool CpuCredit::spend(std::int64_t us, double processors, Time now) {
  const std::chrono::duration<double, std::micro> since = now - counted_;
  left_us_ = std::min(left_us_ + since.count() * processors, most_us);
  left_us_ = std::max(left_us_ - static_cast<double>(us), -longest_us * processors);
  counted_ = now;
  return left_us_ <= 0;
}

}  // namespace kappa::runner
