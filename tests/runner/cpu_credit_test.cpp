// Who gives way, at given times.
#include "runner/cpu_credit.hpp"

#include "support.hpp"

namespace kappa::runner::test {
namespace {

using std::chrono::milliseconds;

class Clocked {
 public:
  explicit Clocked(int processors = 2) : credit_(processors) {}

  /// After so many milliseconds more.
  bool spend(std::int64_t after_ms, std::int64_t ms, int functions = 1) {
    now_ += milliseconds(after_ms);
    return credit_.spend(ms * 1000, functions, now_);
  }

 private:
  CpuCredit credit_;
  CpuCredit::Time now_ = CpuCredit::Time() + std::chrono::hours(1);
};

TEST_CASE("a function that has used little does not give way, whenever it is asked about") {
  Clocked function;
  CHECK_FALSE(function.spend(0, 0));
  for (int i = 0; i < 100; ++i) CHECK_FALSE(function.spend(10, 4, 2));
}

TEST_CASE(
    "one that uses more than half of an even share gives way, and has it back when it rests") {
  Clocked function;
  CHECK_FALSE(function.spend(0, 0));
  for (int i = 0; i < 40; ++i) function.spend(10, 8, 2);
  CHECK(function.spend(0, 0, 2));
  CHECK(function.spend(100, 0, 2));
  CHECK_FALSE(function.spend(200, 0, 2));
}

TEST_CASE("however much it has used, it gives way no longer than a second at rest") {
  for (const int processors : {1, 2, 8, 64}) {
    for (const int functions : {1, 2, 64}) {
      CAPTURE(processors);
      CAPTURE(functions);
      Clocked function(processors);
      CHECK(function.spend(0, 3'600'000, functions));
      CHECK(function.spend(999, 0, functions));
      CHECK_FALSE(function.spend(2, 0, functions));
    }
  }
}

TEST_CASE("the more functions run, the less each may use") {
  for (const int functions : {1, 2, 3, 8}) {
    CAPTURE(functions);
    Clocked function;
    bool gives_way = function.spend(0, 0, functions);
    for (int i = 0; i < 100; ++i) gives_way = function.spend(10, 3, functions);
    CHECK(gives_way == (functions > 3));
  }
}

}  // namespace
}  // namespace kappa::runner::test
