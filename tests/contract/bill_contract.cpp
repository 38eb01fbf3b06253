// What the bill and budgets promise, whichever way data and the gateway are reached.
#include "contract/apart.hpp"
#include "gateway/http.hpp"

namespace kappa::test {
namespace {

constexpr Price one_each{1'000'000'000'000'000'000};  // a million a million calls
constexpr Money units(std::int64_t count) { return {count * 1'000'000}; }

// A call costs 1, and no month more than 10.
const data::BillOptions prices = {"EUR", one_each, {}, {}, {}, units(10)};

TEST_CASE("data: a month's use has its price, and calls end at the budget") {
  using namespace kappa::data;
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way, prices);
      Reach<Data> data(*stores.data, way, mount_data, connect_data);
      const Function function = stores.function("hello");
      const auto run = [&](Verdict verdict) -> Result<Nothing> {
        StartExecution start;
        start.exec_id = make_uuid(stores.clock, stores.random);
        start.fn_id = function.fn_id;
        start.user_id = function.user_id;
        start.fn_name = function.name;
        start.queued_at = stores.clock.now();
        TRY(data->start_execution(start));
        FinishExecution end;
        end.exec_id = start.exec_id;
        end.verdict = verdict;
        end.ended_at = stores.clock.now();
        end.wall_us = 4'000'000;
        end.cpu_us = 1;
        return data->finish_execution(end);
      };

      CHECK(data->get_budget({function.user_id})->in_force == units(10));
      const auto budget = data->set_budget({function.user_id, units(2)});
      REQUIRE(budget);
      CHECK(budget->monthly_budget == units(2));
      CHECK(budget->in_force == units(2));
      CHECK(budget->spent == Money{});
      REQUIRE(run(Verdict::ok));
      REQUIRE(run(Verdict::error));
      CHECK(run(Verdict::ok).error().code == Code::over_budget);
      CHECK(data->set_budget({function.user_id, units(11)}).error().faults.at(0).at ==
            "/monthly_budget");

      const auto usage = data->get_usage({function.user_id, {}, true});
      REQUIRE(usage);
      REQUIRE(usage->lines.size() == 1);
      CHECK(usage->lines[0].day->starts_with(usage->month.value + "-"));
      CHECK(usage->lines[0].fn == "hello");
      CHECK(usage->currency == "EUR");
      CHECK(usage->total.calls == 2);
      CHECK(usage->total.errors == 1);
      CHECK(usage->total.gb_seconds == Decimal<6>{2'000'000});
      CHECK(usage->total.cpu_seconds == Decimal<6>{2});
      CHECK(usage->total.price == units(2));
      CHECK_FALSE(data->get_usage({function.user_id, {}, {}})->lines.at(0).day);
      CHECK(data->get_usage({function.user_id, Month{"2020-02"}, {}})->lines.empty());

      const auto cleared = data->set_budget({function.user_id, {}});
      REQUIRE(cleared);
      CHECK_FALSE(cleared->monthly_budget);
      CHECK(cleared->spent == units(2));
      CHECK(run(Verdict::ok));
    }
  }
}

TEST_CASE("gateway: a call beyond the budget does not run, and says so") {
  using namespace kappa::gateway;
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way, prices);
      const Service service(stores);
      const auto mount = [&](rpc::Router& router, Gateway& gateway) {
        mount_gateway(router, gateway,
                      [&](const std::string& token) { return authenticate(*stores.data, token); });
      };
      Reach<Gateway> gateway(*service.gateway, way, mount, connect_gateway, Guard::none);
      REQUIRE(gateway->signup({{"ada"}, {"correct horse"}}));
      const auto token = gateway->login({"ada", "correct horse"});
      REQUIRE(token);
      const Caller ada = *authenticate(*stores.data, token->access_token);
      REQUIRE(gateway->create_function(ada, {{"f"}, {"def main():\n  print('ran')"}}));

      CHECK(gateway->set_budget(ada, {units(1)})->in_force == units(1));
      CHECK(gateway->invoke_function(ada, {"f", {{"{\"no\": 1}"}}}).error().code ==
            Code::invalid_argument);  // costs nothing
      REQUIRE(gateway->invoke_function(ada, {"f", {{"{}"}}}));
      const auto refused = gateway->invoke_function(ada, {"f", {{"{}"}}});
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == Code::over_budget);
      CHECK(refused.error().detail.starts_with("the monthly budget of 1 EUR is used up: "));
      CHECK(gateway->execute_function(ada, {"f", {}}).error().code == Code::over_budget);
      CHECK(gateway->list_executions(ada, {})->executions.size() == 1);
      CHECK(gateway->get_bill(ada, {})->total == 1);
      CHECK(gateway->get_budget(ada, {})->spent == units(1));
      const auto usage = gateway->get_usage(ada, {});
      REQUIRE(usage);
      CHECK(usage->lines.at(0).fn == "f");
      CHECK(usage->total.price == units(1));
      CHECK(gateway->get_usage(ada, {usage->month, true})->lines.at(0).day);
      CHECK(gateway->set_budget(ada, {units(11)}).error().code == Code::invalid);
      CHECK(gateway->set_budget(ada, {})->in_force == units(10));
      CHECK(gateway->invoke_function(ada, {"f", {{"{}"}}}));
    }
  }
}

}  // namespace
}  // namespace kappa::test
