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
  explicit Machine(int processors = 2) : shares_(processors) {}

  class Function {
   public:
    Function(Machine& in, std::int64_t owner) : in_(in), owner_(owner), share_(in.shares_) {}
    double spend(double ms) {
      return share_.spend(owner_, static_cast<std::int64_t>(ms * 1000), in_.now_);
    }

   private:
    Machine& in_;
    std::int64_t owner_;
    CpuShares::Function share_;
  };
  std::vector<std::unique_ptr<Function>> functions(std::int64_t owner, int count) {
    std::vector<std::unique_ptr<Function>> made;
    for (int i = 0; i < count; ++i) made.push_back(std::make_unique<Function>(*this, owner));
    return made;
  }
  void pass(int ms) { now_ += milliseconds(ms); }

 private:
  CpuShares shares_;
  CpuShares::Time now_ = CpuShares::Time() + std::chrono::hours(1);
};

TEST_CASE("a user has one part, however many functions of it are busy") {
  Machine machine(64);
  Machine::Function one(machine, 1);
  const auto many = machine.functions(2, 16);
  double together = 0;
  for (int i = 0; i < 200; ++i) {
    CHECK(one.spend(1) == 1);
    together = 0;
    for (const auto& function : many) {
      machine.pass(1);
      together += function->spend(1);
    }
  }
  CHECK(together == 1);
}

TEST_CASE("a user whose functions use much gives way to others, whose part stays whole") {
  Machine machine;
  Machine::Function one(machine, 1);
  const auto many = machine.functions(2, 16);
  double together = 0;
  for (int i = 0; i < 200; ++i) {
    machine.pass(10);
    if (i > 0) CHECK(one.spend(3) == 1);
    together = 0;
    for (const auto& function : many) together += function->spend(1);
  }
  CHECK(together == 0.25);
  machine.pass(2001);
  CHECK(many.front()->spend(0) == 1);
}

TEST_CASE("functions that only wait take nothing from others, of their owner or of another") {
  Machine machine;
  const auto waiting = machine.functions(1, 50);
  Machine::Function of_same(machine, 1);
  Machine::Function of_other(machine, 2);
  for (const auto& function : waiting) function->spend(0.05);
  for (int i = 0; i < 100; ++i) {
    CHECK(of_same.spend(20) == 1);
    CHECK(of_other.spend(20) == 1);
    for (const auto& function : waiting) {
      machine.pass(1);
      function->spend(0);
    }
  }
}

TEST_CASE("of a user's functions one that uses much gives way, and the others do not") {
  Machine machine;
  Machine::Function busy(machine, 1);
  Machine::Function quiet(machine, 1);
  for (int i = 0; i < 100; ++i) {
    machine.pass(10);
    busy.spend(8);
    quiet.spend(1);
  }
  CHECK(quiet.spend(0) == 2 * busy.spend(0));
}

TEST_CASE("who is busy now and then counts until the next second is over, so that parts stay") {
  Machine machine(64);
  const auto functions = machine.functions(1, 4);
  machine.pass(10);
  for (const auto& function : functions) function->spend(1.5);
  CHECK(functions[0]->spend(0) == 0.25);
  machine.pass(1980);
  CHECK(functions[0]->spend(0) == 0.25);
  machine.pass(20);
  CHECK(functions[0]->spend(0) == 1);
}

TEST_CASE("functions that are loaded again and again are no more than one") {
  Machine machine(64);
  Machine::Function other(machine, 1);
  Machine::Function others(machine, 2);
  for (int i = 0; i < 100; ++i) {
    machine.pass(30);
    Machine::Function(machine, 1).spend(2);
    Machine::Function(machine, 3).spend(2);
    CHECK(other.spend(2) == 1);
    CHECK(others.spend(2) == 1);
  }
}

TEST_CASE("a time of the last second that comes late changes no count") {
  CpuShares shares(64);
  CpuShares::Function one(shares);
  CpuShares::Function two(shares);
  const CpuShares::Time second = CpuShares::Time() + std::chrono::hours(1);
  for (auto* function : {&one, &two}) function->spend(1, 2000, second - milliseconds(1));
  CHECK(one.spend(1, 2000, second) == 0.5);
  CHECK(two.spend(1, 2000, second - milliseconds(1)) == 0.5);
  CHECK(one.spend(1, 0, second) == 0.5);
}

TEST_CASE("a user whose functions are gone is forgotten, with what it owed") {
  Machine machine;
  {
    Machine::Function one(machine, 1);
    one.spend(0);
    CHECK(one.spend(5000) < 1);
  }
  machine.pass(10);
  CHECK(Machine::Function(machine, 1).spend(0) == 1);
}

}  // namespace
}  // namespace kappa::runner::test
