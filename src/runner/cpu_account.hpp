// CPU time that none of a function's processes tells of. A process that ignores the end of its
// children (SIG_IGN or SA_NOCLDWAIT for SIGCHLD) never hears what they used, and with them it is
// gone from /proc; the control group that they were in has counted it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "runner/control_groups.hpp"
#include "runner/usage.hpp"

namespace kappa::runner {

/// Of one function. Thread-safe.
class CpuAccount {
 public:
  /// `group` holds the function's processes, and outlives this.
  explicit CpuAccount(const ControlGroups::Group& group) : group_(group) {}

  /// From here on it is looked for what is not told of, now that `init`, which is the function's
  /// fn-init, and its child `zygote` are in the group. That has `zygote_kb` of memory of its own.
  void begin(pid_t init, pid_t zygote, std::int64_t zygote_kb);
  /// The zygote is asked for a process.
  void count_fork() { ++forks_; }
  /// A call has used so much more, as its processes tell. How much it is to be charged beyond that,
  /// at most `most_us`; what is more is left for the next. Where several calls of a function run at
  /// a time, nobody knows whose it is: the first to ask is charged.
  std::int64_t charge(std::int64_t told_us, std::int64_t most_us);
  /// Processes of a call are about to end with it: of what they used, which they told, nobody will
  /// tell any more. Rather too early than too late.
  void end_others(std::int64_t us) { ended_us_ += us; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  void look();
  CpuTold told() const;
  std::int64_t zygote_us_at_most() const;
  std::int64_t hidden_us() const;
  bool all_tell() const;

  const ControlGroups::Group& group_;
  std::atomic<std::int64_t> told_us_ = 0;
  std::atomic<std::int64_t> ended_us_ = 0;
  std::atomic<std::int64_t> forks_ = 0;
  std::mutex mutex_;
  pid_t init_ = -1;  // guarded by mutex_, as the rest
  pid_t zygote_ = -1;
  std::int64_t zygote_us_ = 0;   // at most, without forks
  std::int64_t fork_us_ = 0;     // each, at most
  std::int64_t outside_us_ = 0;  // that its processes had used before they were in the group
  std::int64_t known_us_ = 0;    // of the group's: what calls did not tell of, and is not hidden
  std::int64_t hidden_us_ = 0;   // that no call was charged for
  std::int64_t charged_us_ = 0;
  Time next_look_{};
};

}  // namespace kappa::runner
