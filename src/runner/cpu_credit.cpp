// What was not used before is there at once, what was used too much is missing.
#include "runner/cpu_credit.hpp"

#include <algorithm>

namespace kappa::runner {
namespace {

constexpr std::int64_t most_us = 8'000;      // a call or two of an ordinary function
constexpr std::int64_t least_us = -500'000;  // who uses all that there is gives way for a second
constexpr int fewest_functions = 2;          // one alone has nobody to give way to

}  // namespace

bool CpuCredit::spend(std::int64_t us, int functions, Time now) {
  const std::chrono::duration<double, std::micro> since = now - counted_;
  const double half_of_share = 0.5 * processors_ / std::max(functions, fewest_functions);
  const double credit = std::min(since.count() * half_of_share, 1e9);  // much, the first time
  left_us_ = std::min(left_us_ + static_cast<std::int64_t>(credit), most_us);
  left_us_ = std::max(left_us_ - us, least_us);
  counted_ = now;
  return left_us_ <= 0;
}

}  // namespace kappa::runner
