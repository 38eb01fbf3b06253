// How fast a function makes processes. Without a bound, one that is at its limit and asks again and
// again keeps the kernel freeing what each attempt took, and the longest of another user's calls
// take four times as long (ADR 14). A program that a function runs takes half a millisecond of a
// processor, so that this bound is felt by few others.
#pragma once

#include <chrono>

namespace kappa::runner {

/// A token bucket, for all calls of a function. The system call filter tells a listener of each
/// system call that makes a process, and it goes on once it is answered: 200 at once, then 1,000 a
/// second for each processor. Those that the kernel then refuses count; threads do not, nor what is
/// forked into namespaces. Used by one thread.
class ProcessRate {
 public:
  ProcessRate();

  /// Whether one may be made now.
  bool open() const { return left_ >= 1; }
  /// How long to wait, in milliseconds, before asking again: -1, until somebody asks, while one may
  /// be made.
  int wait_ms() const { return open() ? -1 : 1; }
  /// One is made.
  void count() { left_ -= 1; }
  /// After every wait.
  void refill();

 private:
  using Clock = std::chrono::steady_clock;

  double left_;
  Clock::time_point filled_ = Clock::now();
};

/// Hears of one such call, and lets it go on.
void let_go_on(int listener);

}  // namespace kappa::runner
