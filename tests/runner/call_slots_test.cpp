// Whose turn it is.
#include "runner/call_slots.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "support.hpp"

namespace kappa::runner::test {
namespace {

using std::chrono::steady_clock;

constexpr auto never = [] { return false; };

steady_clock::time_point soon() { return steady_clock::now() + std::chrono::seconds(5); }

Uuid function(std::uint8_t number) { return {{number}}; }

/// Takes a slot in a thread of its own, writes down whose it was, and gives it back.
class Callers {
 public:
  explicit Callers(CallSlots& slots) : slots_(slots) {}
  ~Callers() {
    for (auto& thread : threads_) thread.join();
  }
  void call(std::int64_t user, const std::string& name) {
    const std::int64_t waiting = ++started_;
    threads_.emplace_back([this, user, name] {
      const auto slot = slots_.take({user, function(1), 99}, soon(), [this] {
        ++looked_;
        return false;
      });
      const std::scoped_lock lock(mutex_);
      order_ += name;
    });
    // It has looked whether its client is still there, so it stands in line.
    CHECK(kappa::test::eventually([&] { return looked_ >= waiting; }));
  }
  std::string order() {
    CHECK(kappa::test::eventually([&] {
      const std::scoped_lock lock(mutex_);
      return std::ssize(order_) == started_;
    }));
    return order_;
  }

 private:
  CallSlots& slots_;
  std::mutex mutex_;
  std::string order_;
  std::int64_t started_ = 0;
  std::atomic<std::int64_t> looked_ = 0;
  std::vector<std::thread> threads_;
};

TEST_CASE("users take turns, each user's calls go in order") {
  CallSlots slots(1);
  auto first = slots.take({1, function(9), 1}, soon(), never);
  REQUIRE(first);
  Callers callers(slots);
  for (const char* name : {"a", "b", "c"}) callers.call(1, name);
  for (const char* name : {"x", "y"}) callers.call(2, name);
  first.reset();
  CHECK(callers.order() == "axbyc");
}

TEST_CASE(
    "a user may have four times as many waiting as there are slots, then is refused at once") {
  CallSlots slots(1);
  const auto first = slots.take({1, function(9), 1}, soon(), never);
  std::vector<std::thread> waiting;
  std::atomic<bool> over = false;
  std::atomic<int> looked = 0;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back([&] {
      CHECK_FALSE(slots.take({1, function(1), 9}, soon(), [&] {
        ++looked;
        return over.load();
      }));
    });
  }
  CHECK(kappa::test::eventually([&] { return looked >= 4; }));
  const auto begin = steady_clock::now();
  CHECK_FALSE(slots.take({1, function(1), 9}, soon(), never));
  CHECK(steady_clock::now() - begin < std::chrono::milliseconds(10));
  // Another user's still waits; whoever gave up is out of the line.
  CHECK_FALSE(slots.take({2, function(2), 9}, steady_clock::now(), never));
  over = true;
  for (auto& thread : waiting) thread.join();
  CHECK_FALSE(slots.take({1, function(1), 9}, steady_clock::now(), never));
}

TEST_CASE("a function at its limit keeps nobody else from a slot") {
  CallSlots slots(2);
  const auto first = slots.take({1, function(1), 1}, soon(), never);
  REQUIRE(first);
  CHECK_FALSE(slots.take({1, function(1), 1}, steady_clock::now(), never));
  CHECK(slots.take({1, function(2), 1}, steady_clock::now() + std::chrono::seconds(1), never));
  CHECK(slots.taken() == 1);
}

}  // namespace
}  // namespace kappa::runner::test
