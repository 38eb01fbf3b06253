// What a month may cost, and calls beyond it. A call costs 1 here, unless a test says otherwise.
#include <thread>

#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;

constexpr Price one_each{1'000'000'000'000'000'000};
constexpr Money units(std::int64_t count) { return {count * 1'000'000}; }

struct Priced : World {
  Priced() {
    bill.currency = "EUR";
    bill.price_per_million_calls = one_each;
    reopen();
  }
  std::int64_t ada = user("ada");
  data::Function hello = function(ada);

  data::StartExecution start() {
    auto ask = start_of(hello, Uuid{});
    ask.limits.cpu_ms = 30'000;
    return ask;
  }

  /// How many calls run until one is refused, and why that was.
  std::pair<int, Error> run_until_refused(const data::Function& of) {
    for (int ran = 0;; ++ran) {
      const auto start = start_of(of, Uuid{});
      if (auto admitted = data->start_execution(start); !admitted) return {ran, admitted.error()};
      must(data->finish_execution(end_of(start)));
      REQUIRE(ran < 1000);
    }
  }
};

TEST_CASE_FIXTURE(Priced, "calls are refused at the budget, and until then none is") {
  must(data->set_budget({ada, units(3)}));
  const auto [ran, refused] = run_until_refused(hello);
  CHECK(ran == 3);
  CHECK(refused.code == Code::over_budget);
  CHECK(refused.detail ==
        "the monthly budget of 3 EUR is used up: 2026-11 has cost 3 EUR; nothing was run; raise "
        "it, or wait for 2026-12");
  CHECK(must(data->get_bill({ada})).total == 3);
  run(function(user("bob")));  // others have their own
  const auto budget = must(data->set_budget({ada, units(5)}));
  CHECK(budget.spent == units(3));
  CHECK(budget.in_force == units(5));
  CHECK(budget.month.value == "2026-11");
  CHECK(budget.currency == "EUR");
  CHECK(run_until_refused(hello).first == 2);
  must(data->set_budget({ada, {}}));
  run(hello);
  CHECK_FALSE(must(data->get_budget({ada})).in_force);
}

TEST_CASE_FIXTURE(Priced, "a budget and what is spent of it are there right after a restart") {
  must(data->set_budget({ada, units(3)}));
  run(hello);
  run(hello);
  reopen();
  CHECK(must(data->get_budget({ada})).monthly_budget == units(3));
  CHECK(run_until_refused(hello).first == 1);
  reopen();
  CHECK(run_until_refused(hello).first == 0);
}

TEST_CASE_FIXTURE(Priced, "a month's budget is of that month, also when the clock steps back") {
  must(data->set_budget({ada, units(2)}));
  clock.advance(6 * 24h + 12h);  // 2026-11-30T23:00:16Z
  CHECK(run_until_refused(hello).first == 2);
  clock.advance(1h);
  CHECK(run_until_refused(hello).first == 2);
  clock.advance(-1h);
  CHECK(run_until_refused(hello).first == 0);
  clock.advance(1h);
  CHECK(run_until_refused(hello).first == 0);
  clock.advance(31 * 24h);
  CHECK(run_until_refused(hello).first == 2);
}

TEST_CASE_FIXTURE(Priced, "while calls run that may use up what is left, no other is admitted") {
  bill.price_per_million_calls = {};
  bill.price_per_cpu_second = {1'000'000'000'000};  // 1; a call may use 30 and uses 0.0012
  reopen();
  must(data->set_budget({ada, units(1)}));
  const auto first = start();
  must(data->start_execution(first));  // alone it always may
  const auto refused = data->start_execution(start());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::limited);
  CHECK(refused.error().detail.find("the monthly budget of 1 EUR") != std::string::npos);
  must(data->finish_execution(end_of(first)));
  CHECK(must(data->get_budget({ada})).spent == Money{1200});

  must(data->set_budget({ada, units(61)}));  // what two may use is less than is left
  const auto second = start();
  const auto third = start();
  must(data->start_execution(second));
  must(data->start_execution(third));
  must(data->start_execution(start()));
  CHECK(data->start_execution(start()).error().code == Code::limited);
  must(data->finish_execution(end_of(second, Verdict::runner_lost)));  // frees what it held
  must(data->start_execution(start()));
  // So does a runner's end.
  const Uuid next_life = id();
  CHECK(must(data->take_lease({"local", next_life})).lost > 0);
  must(data->start_execution(start_of(hello, next_life)));
}

TEST_CASE_FIXTURE(Priced, "of many callers at once, none gets beyond the budget") {
  must(data->set_budget({ada, units(40)}));
  std::atomic<int> ran{0};
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (;;) {
          const auto start = start_of(hello, Uuid{});
          const auto admitted = data->start_execution(start);
          if (admitted) {
            must(data->finish_execution(end_of(start)));
            ++ran;
          } else if (admitted.error().code == Code::over_budget) {
            ++refused;
            return;
          }
        }
      });
    }
  }
  CHECK(ran == 40);
  CHECK(refused == 8);
  CHECK(must(data->get_budget({ada})).spent == units(40));
}

TEST_CASE_FIXTURE(Priced, "the server's budget is for who has none, its maximum for everybody") {
  bill.monthly_budget = units(4);
  reopen();
  CHECK(must(data->get_budget({ada})).in_force == units(4));
  CHECK_FALSE(must(data->get_budget({ada})).monthly_budget);
  CHECK(run_until_refused(hello).first == 4);
  CHECK(must(data->set_budget({ada, units(9)})).in_force == units(9));
  bill.max_monthly_budget = units(6);
  reopen();
  CHECK(must(data->get_budget({ada})).in_force == units(6));
  CHECK(must(data->get_budget({ada})).monthly_budget == units(9));
  CHECK(run_until_refused(hello).first == 2);
  const auto refused = data->set_budget({ada, units(7)});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::invalid);
  CHECK(refused.error().faults.at(0).at == "/monthly_budget");
  CHECK(refused.error().faults.at(0).why ==
        "expected at most 6 EUR, this server's bill.max_monthly_budget, got 7 EUR");
  CHECK(must(data->set_budget({ada, units(6)})).monthly_budget == units(6));
  bill.monthly_budget = {};
  reopen();
  CHECK(must(data->set_budget({ada, {}})).in_force == units(6));
}

TEST_CASE("a budget of 0 refuses every call, also where nothing costs anything") {
  World world;
  const auto ada = world.user();
  const auto hello = world.function(ada);
  must(world.data->set_budget({ada, Money{1}}));
  world.run(hello);
  must(world.data->set_budget({ada, Money{}}));
  CHECK(world.data->start_execution(world.start_of(hello, Uuid{})).error().code ==
        Code::over_budget);
  CHECK(world.data->set_budget({99, Money{}}).error().code == Code::not_found);
  CHECK_FALSE(must(world.data->get_budget({99})).in_force);
}

TEST_CASE_FIXTURE(Priced, "of two who set a budget at once, the one that is kept is in force") {
  for (int round = 0; round < 20; ++round) {
    {
      std::vector<std::jthread> threads;
      for (int i = 1; i <= 4; ++i)
        threads.emplace_back([&, i] { must(data->set_budget({ada, units(i)})); });
    }
    const auto in_force = must(data->get_budget({ada})).in_force;
    reopen();
    CHECK(must(data->get_budget({ada})).in_force == in_force);
  }
}

}  // namespace
}  // namespace kappa::test
