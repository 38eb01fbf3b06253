// Who has which part of the processors, at given times.
#include "runner/cpu_shares.hpp"

#include <memory>
#include <vector>

#include "support.hpp"

namespace kappa::runner::test {
namespace {

using std::chrono::milliseconds;

class Machine {
 public:
  /// As many functions of a user that run from now on.
  std::vector<std::shared_ptr<CpuShares::Function>> run(std::int64_t owner, int count = 1) {
    std::vector<std::shared_ptr<CpuShares::Function>> functions;
    for (int i = 0; i < count; ++i) {
      functions.push_back(std::make_shared<CpuShares::Function>(shares_));
      functions.back()->begin(owner);
    }
    return functions;
  }
  double spend(CpuShares::Function& function, double ms) {
    return function.spend(static_cast<std::int64_t>(ms * 1000), now_);
  }
  void pass(int ms) { now_ += milliseconds(ms); }

 private:
  CpuShares shares_{2};
  CpuShares::Time now_ = CpuShares::Time() + std::chrono::hours(1);
};

TEST_CASE("a user has one part, however many functions of it run") {
  Machine machine;
  const auto one = machine.run(1);
  const auto many = machine.run(2, 16);
  CHECK(machine.spend(*one.front(), 0) == 1);
  double together = 0;
  for (const auto& function : many) together += machine.spend(*function, 0);
  CHECK(together == 1);
}

TEST_CASE("a user whose functions use much gives way to others, whose part stays whole") {
  Machine machine;
  const auto one = machine.run(1);
  const auto many = machine.run(2, 16);
  double ones = 0;
  double together = 0;
  for (int i = 0; i < 100; ++i) {
    machine.pass(10);
    ones = machine.spend(*one.front(), 3);
    together = 0;
    for (const auto& function : many) together += machine.spend(*function, 1);
  }
  CHECK(ones == 1);
  CHECK(together == 0.25);
  machine.pass(1001);
  CHECK(machine.spend(*many.front(), 0) == 1.0 / 16);
}

TEST_CASE("functions that only wait take nothing from another user's") {
  Machine machine;
  const auto waiting = machine.run(1, 100);
  const auto working = machine.run(2);
  for (int i = 0; i < 100; ++i) {
    machine.pass(10);
    CHECK(machine.spend(*working.front(), 4) == 1);
  }
}

TEST_CASE("of a user's functions one that uses much gives way, and the others do not") {
  Machine machine;
  const auto functions = machine.run(1, 2);
  double busy = 0;
  double quiet = 0;
  for (int i = 0; i < 100; ++i) {
    machine.pass(10);
    busy = machine.spend(*functions[0], 8);
    quiet = machine.spend(*functions[1], 1);
  }
  CHECK(quiet == 2 * busy);
}

TEST_CASE("functions that come and go count for about a second, so that parts stay as they are") {
  Machine machine;
  const auto functions = machine.run(1, 4);
  CHECK(machine.spend(*functions[0], 0) == 0.25);
  for (int i = 1; i < 4; ++i) functions[i]->end();
  machine.pass(900);
  CHECK(machine.spend(*functions[0], 0) == 0.25);
  machine.pass(200);
  CHECK(machine.spend(*functions[0], 0) == 1);
  functions[1]->begin(1);
  CHECK(machine.spend(*functions[0], 0) == 0.5);
}

TEST_CASE("a user whose functions are gone is forgotten, with what it owed") {
  Machine machine;
  {
    const auto functions = machine.run(1);
    CHECK(machine.spend(*functions[0], 5000) < 1);
    functions[0]->end();
  }
  CHECK(machine.spend(*machine.run(1).front(), 0) == 1);
}

}  // namespace
}  // namespace kappa::runner::test
