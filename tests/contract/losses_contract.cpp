// Executions of which nobody knows what became, whichever way data is reached.
#include "contract/apart.hpp"

namespace kappa::test {
namespace {

using namespace kappa::data;

struct Begun {
  Stores& stores;
  Function function;
  Uuid lease;

  StartExecution start(std::int64_t timeout_ms = 30'000) const {
    return {make_uuid(stores.clock, stores.random),
            1,
            "local",
            lease,
            function.fn_id,
            function.user_id,
            function.name,
            1,
            {timeout_ms, 256},
            stores.clock.now()};
  }
  FinishExecution end(const StartExecution& start) const {
    const Timestamp now = stores.clock.now();
    return {start.exec_id, 1, lease, Verdict::ok, "", now, now, 1500, 20, 1200, 9000, false};
  }
  LoseExecution loss(const Uuid& exec_id) const {
    return {exec_id, function.fn_id, function.user_id,  function.name,
            1,       "no answer",    stores.clock.now()};
  }
  std::int64_t billed() const { return stores.data->get_bill({function.user_id})->total; }
};

TEST_CASE("data: what is given up is lost, once, whatever its runner says later") {
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<Data> data(*stores.data, way, mount_data, connect_data);
      const Begun begun{stores, stores.function("f"), make_uuid(stores.clock, stores.random)};
      REQUIRE(data->take_lease({"local", begun.lease}));

      const auto running = begun.start();
      REQUIRE(data->start_execution(running));
      const auto lost = data->lose_execution(begun.loss(running.exec_id));
      REQUIRE(lost);
      CHECK(lost->verdict == Verdict::runner_lost);
      CHECK(lost->detail == "no answer");
      CHECK(lost->runner == "local");
      CHECK(data->finish_execution(begun.end(running)).error().code == Code::conflict);
      CHECK(data->get_execution({running.exec_id})->verdict == Verdict::runner_lost);

      const auto late = begun.start();
      REQUIRE(data->lose_execution(begun.loss(late.exec_id)));
      CHECK(data->get_execution({late.exec_id})->runner.empty());
      CHECK(data->start_execution(late).error().code == Code::conflict);

      const auto ended = begun.start();
      REQUIRE(data->start_execution(ended));
      REQUIRE(data->finish_execution(begun.end(ended)));
      const auto known = data->lose_execution(begun.loss(ended.exec_id));
      REQUIRE(known);
      CHECK(known->verdict == Verdict::ok);
      CHECK(begun.billed() == 1);
    }
  }
}

TEST_CASE("data: what is open for longer than it may run is lost") {
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<Data> data(*stores.data, way, mount_data, connect_data);
      const Begun begun{stores, stores.function("f"), make_uuid(stores.clock, stores.random)};
      REQUIRE(data->take_lease({"local", begun.lease}));
      auto overdue = begun.start(1'000);
      overdue.queued_at.us -= 5'000'000;
      const auto running = begun.start();
      REQUIRE(data->start_execution(overdue));
      REQUIRE(data->start_execution(running));
      CHECK(eventually([&] {
        const auto lost = data->lose_overdue({2'000});
        REQUIRE(lost);
        return lost->exec_ids == std::vector{overdue.exec_id};  // once its start is written
      }));
      CHECK(data->finish_execution(begun.end(overdue)).error().code == Code::conflict);
      REQUIRE(data->finish_execution(begun.end(running)));
      CHECK(begun.billed() == 1);
      CHECK(data->list_runners({})->runners.front() == "local");
    }
  }
}

}  // namespace
}  // namespace kappa::test
