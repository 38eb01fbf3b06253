// Which functions give way to others on the processors: those that have used much of them lately.
#pragma once

#include <chrono>
#include <cstdint>

namespace kappa::runner {

/// A function has credit for half of an even share of the processors' time, which adds up to 8 ms,
/// and gives way once it has used that up; then until what it has used beyond is made up for, of
/// which no more counts than comes in again in a second. So who uses little goes before who uses
/// much, and nobody has less than half of an even share for long. Used by one thread at a time.
class CpuCredit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `processors`: of the machine; a quota of this process's is not known here.
  explicit CpuCredit(int processors) : processors_(processors) {}

  /// Takes note of CPU time that it has used, and that so many functions run calls. Whether it
  /// gives way from `now` on.
  bool spend(std::int64_t us, int functions, Time now);

 private:
  const int processors_;
  double left_us_ = 0;
  Time counted_{};
};

}  // namespace kappa::runner
