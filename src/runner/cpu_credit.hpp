// Who gives way to others on the processors: whoever has used much of them lately.
#pragma once

#include <chrono>
#include <cstdint>

namespace kappa::runner {

/// Credit for processor time comes in steadily; of what is not used as much is kept as comes in
/// within 50 ms, and 8 ms. Whoever has used it up gives way until what was used beyond is made up
/// for, of which no more counts than comes in again in a second. So who uses little goes before who
/// uses much. Used by one thread at a time.
class CpuCredit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Takes note of CPU time that was used, and of how many processors' time comes in. Whether its
  /// owner gives way from `now` on.
  bool spend(std::int64_t us, double processors, Time now);

 private:
  double left_us_ = 0;
  Time counted_{};
};

}  // namespace kappa::runner
