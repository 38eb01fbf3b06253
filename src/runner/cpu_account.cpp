// What the group has used, less what all processes in it tell: seldom looked at, for that is each
// of them.
#include "runner/cpu_account.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace kappa::runner {
namespace {

using std::chrono::steady_clock;

// What calls that run use from one look at them to the next, and what it takes to fork some of
// them: as much is not worth a look at all processes.
constexpr std::int64_t look_after_us = 50'000;       // for each processor
constexpr std::int64_t look_again_after_us = 5'000;  // once something was hidden
constexpr int rest_for = 20;                         // times what a look takes
// What a zygote uses to make a process and to reap it: some times what was measured, 0.3 ms with
// 5 MiB of its own on a slow machine.
constexpr std::int64_t most_us_to_fork = 2'000;
constexpr std::int64_t most_us_to_fork_a_mb = 250;

}  // namespace

void CpuAccount::begin(pid_t init, pid_t zygote, std::int64_t zygote_kb) {
  const std::scoped_lock lock(mutex_);
  init_ = init;
  zygote_ = zygote;
  fork_us_ = most_us_to_fork + zygote_kb * most_us_to_fork_a_mb / 1024;
  zygote_us_ = own_cpu_us(zygote) - forks_ * fork_us_;
  outside_us_ = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < 2; ++i) {  // some may be told of twice, once
    const std::int64_t told_us = told().cpu_us;
    outside_us_ = std::clamp<std::int64_t>(told_us - group_.cpu_us(), 0, outside_us_);
  }
}

std::int64_t CpuAccount::charge(std::int64_t told_us, std::int64_t most_us) {
  told_us_ += told_us;
  // Whoever looks at the moment is charged as well.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || init_ < 0) return 0;
  if (hidden_us_ <= 0) look();
  const std::int64_t charged = std::clamp<std::int64_t>(most_us, 0, hidden_us_);
  hidden_us_ -= charged;
  charged_us_ += charged;
  return charged;
}

void CpuAccount::look() {
  const auto begin = steady_clock::now();
  if (begin < next_look_) return;
  const std::int64_t not_told_us = group_.cpu_us() - told_us_ - charged_us_;
  const std::int64_t worth_a_look =
      charged_us_ > 0 ? look_again_after_us : look_after_us * processors();
  if (not_told_us - known_us_ < worth_a_look) return;
  // Twice: a process that loses its parent meanwhile may be missed once.
  hidden_us_ = hidden_us();
  if (hidden_us_ > 0) hidden_us_ = std::min(hidden_us_, hidden_us());
  if (hidden_us_ < 0 || !all_tell()) hidden_us_ = 0;
  known_us_ = not_told_us - hidden_us_;
  const auto end = steady_clock::now();
  next_look_ = end + rest_for * (end - begin);
}

/// When the zygote ends so does the function, and of what its calls have used nobody tells.
bool CpuAccount::all_tell() const {
  const auto of_init = living_children_of(init_);
  return std::find(of_init.begin(), of_init.end(), zygote_) != of_init.end();
}

/// A module can have its zygote do more than fork.
std::int64_t CpuAccount::zygote_us_at_most() const {
  return zygote_us_ + (forks_ + 1) * fork_us_;  // one may have been asked for before begin()
}

CpuTold CpuAccount::told() const {
  const CpuTold calls = cpu_told_by_tree(zygote_);
  const CpuTold init = cpu_told_by(init_);
  const std::int64_t too_much =
      std::max<std::int64_t>(own_cpu_us(zygote_) - zygote_us_at_most(), 0);
  return {calls.cpu_us - too_much + init.cpu_us + ended_us_, calls.unsure_us + init.unsure_us};
}

/// The group's count first, so that what is used meanwhile is not taken for hidden.
std::int64_t CpuAccount::hidden_us() const {
  const std::int64_t used_us = group_.cpu_us() + outside_us_;
  const CpuTold known = told();
  return used_us - known.cpu_us - known.unsure_us - charged_us_;
}

}  // namespace kappa::runner
