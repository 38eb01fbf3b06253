// Many who ask at once whether writing works again.
#include "store/trial.hpp"

#include <chrono>
#include <latch>
#include <thread>

#include "support.hpp"

namespace kappa::test {
namespace {

constexpr auto works = [] { return Result<Nothing>(Nothing{}); };
constexpr auto fails = [] { return Result<Nothing>(Error{Code::unavailable, "no room"}); };

TEST_CASE("after a failure nobody tries for a second, and all are told why") {
  store::Trial trial;
  REQUIRE(trial.made(works));
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(trial.made(fails));
  const auto too_soon = trial.made(works);
  if (std::chrono::steady_clock::now() - begin < std::chrono::seconds(1)) {
    REQUIRE_FALSE(too_soon);
    CHECK(too_soon.error().detail == "no room");
  }
  CHECK(eventually([&] { return trial.made(works).has_value(); }));
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(1));
}

TEST_CASE("while one tries the others are answered without waiting for it") {
  store::Trial trial;
  std::latch trying(1), may_end(1);
  std::jthread first([&] {
    trial.made([&] {
      trying.count_down();
      may_end.wait();
      return works();
    });
  });
  trying.wait();
  const auto meanwhile = trial.made(works);
  may_end.count_down();
  REQUIRE_FALSE(meanwhile);
  CHECK(meanwhile.error().code == Code::unavailable);
  first.join();
  CHECK(trial.made(works));
}

}  // namespace
}  // namespace kappa::test
