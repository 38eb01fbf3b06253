// What was not used before is there at once, what was used too much is missing.
#include "runner/cpu_credit.hpp"

#include <algorithm>

namespace kappa::runner {
namespace {

constexpr double most_us = 8'000;         // a call or two of an ordinary function
constexpr double longest_us = 1'000'000;  // of giving way at rest
constexpr int fewest_functions = 2;       // one alone has nobody to give way to

}  // namespace

bool CpuCredit::spend(std::int64_t us, int functions, Time now) {
  const std::chrono::duration<double, std::micro> since = now - counted_;
  const double half_of_share = 0.5 * processors_ / std::max(functions, fewest_functions);
  left_us_ = std::min(left_us_ + since.count() * half_of_share, most_us);
  left_us_ = std::max(left_us_ - static_cast<double>(us), -longest_us * half_of_share);
  counted_ = now;
  return left_us_ <= 0;
}

}  // namespace kappa::runner
