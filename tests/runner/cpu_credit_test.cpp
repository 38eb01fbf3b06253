// Who gives way, at given times.
#include "runner/cpu_credit.hpp"

#include "support.hpp"

namespace kappa::runner::test {
namespace {

using std::chrono::milliseconds;

class Clocked {
 public:
  /// After so many milliseconds more.
  bool spend(std::int64_t after_ms, std::int64_t ms, double processors) {
    now_ += milliseconds(after_ms);
    return credit_.spend(ms * 1000, processors, now_);
  }

 private:
  CpuCredit credit_;
  CpuCredit::Time now_ = CpuCredit::Time() + std::chrono::hours(1);
};

TEST_CASE("who has used less than comes in does not give way, whenever it is asked about") {
  Clocked one;
  CHECK_FALSE(one.spend(0, 0, 0.5));
  for (int i = 0; i < 100; ++i) CHECK_FALSE(one.spend(10, 4, 0.5));
}

TEST_CASE("who uses more than comes in gives way, and has it back at rest") {
  Clocked one;
  CHECK_FALSE(one.spend(0, 0, 0.5));
  for (int i = 0; i < 50; ++i) one.spend(10, 8, 0.5);
  CHECK(one.spend(0, 0, 0.5));
  CHECK(one.spend(100, 0, 0.5));
  CHECK_FALSE(one.spend(200, 0, 0.5));
}

TEST_CASE("who is seldom asked about may have used all that came in meanwhile, and some before") {
  Clocked one;
  CHECK_FALSE(one.spend(0, 0, 4));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(one.spend(50, 190, 4));
  CHECK_FALSE(one.spend(50, 407, 4));
  CHECK(one.spend(50, 207, 4));
}

TEST_CASE("who uses less than comes in does not give way, however it is told of and asked about") {
  Clocked one;
  CHECK_FALSE(one.spend(0, 0, 0.5));
  for (int i = 0; i < 100; ++i) {
    for (int other = 0; other < 4; ++other) CHECK_FALSE(one.spend(10, 0, 0.5));
    CHECK_FALSE(one.spend(10, 20, 0.5));
  }
}

TEST_CASE("a time that was read before another and comes after it gives nothing twice") {
  CpuCredit one;
  const CpuCredit::Time now = CpuCredit::Time() + std::chrono::hours(1);
  one.spend(0, 1, now);
  one.spend(1'000'000, 1, now);
  for (int i = 0; i < 100; ++i) {
    one.spend(0, 1, now - std::chrono::milliseconds(500));
    CHECK(one.spend(0, 1, now));
  }
}

TEST_CASE("however much was used, its owner gives way no longer than a second at rest") {
  for (const double processors : {0.01, 0.5, 32.0}) {
    CAPTURE(processors);
    Clocked one;
    CHECK_FALSE(one.spend(0, 0, processors));
    CHECK(one.spend(0, 3'600'000, processors));
    CHECK(one.spend(999, 0, processors));
    CHECK_FALSE(one.spend(2, 0, processors));
  }
}

}  // namespace
}  // namespace kappa::runner::test
