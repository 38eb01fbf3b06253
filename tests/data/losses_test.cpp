// Attempts that are given up: whether they had begun decides whether there may be another.
#include <thread>

#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

data::LoseExecution loss_of(const data::StartExecution& start) {
  return {start.exec_id,    start.fn_id,  start.user_id,   start.fn_name,
          start.fn_version, "it is gone", start.queued_at, start.attempt};
}

TEST_CASE("an attempt given up while it runs is lost, has its runner, and ends no more") {
  World world;
  const auto start = world.start_of(world.function(world.user()), world.id());
  must(world.data->start_execution(start));
  const auto known = must(world.data->lose_execution(loss_of(start)));
  CHECK(known.verdict == Verdict::runner_lost);
  CHECK(known.runner == "local");
  CHECK(world.data->finish_execution(world.end_of(start)).error().code == Code::conflict);
  CHECK(must(world.data->get_bill({start.user_id})).total == 0);
}

TEST_CASE("an attempt given up before it began cannot begin, but the next one can, and is billed") {
  World world;
  auto start = world.start_of(world.function(world.user()), world.id());
  const auto known = must(world.data->lose_execution(loss_of(start)));
  CHECK(known.verdict == Verdict::runner_lost);
  CHECK(known.runner == "");
  CHECK(world.data->start_execution(start).error().code == Code::conflict);

  start.attempt = 2;
  CHECK(must(world.data->lose_execution(loss_of(start))).attempt == 2);
  CHECK(world.data->start_execution(start).error().code == Code::conflict);

  start.attempt = 3;
  must(world.data->start_execution(start));
  must(world.data->finish_execution(world.end_of(start)));
  const auto ended = must(world.data->get_execution({start.exec_id}));
  CHECK(ended.verdict == Verdict::ok);
  CHECK(ended.attempt == 3);
  CHECK(ended.runner == "local");
  CHECK(ended.limits.memory_mb == start.limits.memory_mb);
  CHECK(ended.limits.cpu_ms == start.limits.cpu_ms);
  CHECK(must(world.data->get_bill({start.user_id})).total == 1);
}

TEST_CASE("what no runner began says so, and has no start among the events") {
  World world;
  const auto start = world.start_of(world.function(world.user()), world.id());
  const auto known = must(world.data->lose_execution(loss_of(start)));
  CHECK(known.detail == "no runner began it; nothing was run");
  for (const auto& events : {must(world.data->list_execution_events({start.exec_id})).events,
                             must(world.data->list_function_events({start.fn_id, {}})).events}) {
    CHECK(events.back().status == "failed");
    for (const auto& event : events) CHECK(event.status != "started");
  }
}

TEST_CASE("what is given up while the file takes nothing is lost all the same, once that can be") {
  World world;
  const auto function = world.function(world.user());
  const auto start = world.start_of(function, {});
  must(world.data->start_execution(start));
  auto other = must(store::Database::open(world.path));
  REQUIRE(other.run("BEGIN IMMEDIATE"));
  CHECK(world.data->lose_execution(loss_of(start)).error().code == Code::unavailable);
  REQUIRE(other.run("ROLLBACK"));
  // Whoever called was told so: what its runner says now comes too late.
  CHECK(world.data->finish_execution(world.end_of(start)).error().code == Code::conflict);
  CHECK(eventually([&] { return world.data->check_recording({}).has_value(); }));
  const auto known = must(world.data->get_execution({start.exec_id}));
  CHECK(known.verdict == Verdict::runner_lost);
  CHECK(known.runner == "local");
  CHECK(known.detail == "it is gone");
  CHECK(must(world.data->get_bill({start.user_id})).total == 0);
}

TEST_CASE("whoever gives up what is ending finds its outcome, or that it had begun") {
  World world;
  const auto function = world.function(world.user());
  for (int i = 0; i < 300; ++i) {
    const auto start = world.start_of(function, {});
    must(world.data->start_execution(start));
    Result<Nothing> ended = Nothing{};
    std::thread runner([&] { ended = world.data->finish_execution(world.end_of(start)); });
    const auto known = must(world.data->lose_execution(loss_of(start)));
    runner.join();
    REQUIRE(known.runner == "local");
    REQUIRE(known.verdict == (ended ? Verdict::ok : Verdict::runner_lost));
  }
}

TEST_CASE(
    "a call whose way broke is lost and not billed, though its runner took that for a hang-up") {
  World world;
  const auto function = world.function(world.user());
  world.run(function);
  for (const bool written_first : {true, false}) {
    const auto start = world.start_of(function, {});
    must(world.data->start_execution(start));
    if (written_first)
      REQUIRE(eventually([&] { return world.data->get_execution({start.exec_id}).has_value(); }));
    auto end = world.end_of(start, Verdict::cancelled);
    end.hung_up = true;
    must(world.data->finish_execution(end));
    CHECK(must(world.data->get_bill({start.user_id})).total == 2);
    const auto known = must(world.data->lose_execution(loss_of(start)));
    CHECK(known.verdict == Verdict::runner_lost);
    CHECK(known.detail == "it is gone");
    CHECK(must(world.data->lose_execution(loss_of(start))).verdict == Verdict::runner_lost);
    CHECK(must(world.data->get_bill({start.user_id})).total == 1);
    CHECK(must(world.data->get_usage({start.user_id, {}, {}})).total.calls == 1);
  }
}

TEST_CASE("what was the last on a bill leaves none behind when it is taken back") {
  World world;
  const auto start = world.start_of(world.function(world.user()), {});
  must(world.data->start_execution(start));
  auto end = world.end_of(start, Verdict::cancelled);
  end.hung_up = true;
  must(world.data->finish_execution(end));
  must(world.data->lose_execution(loss_of(start)));
  CHECK(must(world.data->get_bill({start.user_id})).fn.empty());
}

TEST_CASE("a late loss of an earlier attempt lets no later one begin again") {
  World world;
  auto start = world.start_of(world.function(world.user()), {});
  const auto first = loss_of(start);
  start.attempt = 2;
  const auto second = loss_of(start);
  must(world.data->lose_execution(second));
  must(world.data->lose_execution(first));
  CHECK(world.data->start_execution(start).error().code == Code::conflict);
  start.attempt = 3;
  must(world.data->start_execution(start));
  must(world.data->lose_execution(first));
  CHECK(world.data->start_execution(start).error().code == Code::conflict);
  start.attempt = 2;
  CHECK(world.data->start_execution(start).error().code == Code::conflict);
  start.attempt = 3;
  must(world.data->finish_execution(world.end_of(start)));
}

TEST_CASE("what was given up before a restart cannot begin after it, nor what had begun") {
  World world;
  const auto function = world.function(world.user());
  const auto given_up = world.start_of(function, {});
  must(world.data->lose_execution(loss_of(given_up)));
  const auto begun = world.start_of(function, {});
  must(world.data->start_execution(begun));
  REQUIRE(eventually([&] { return world.data->get_execution({begun.exec_id}).has_value(); }));
  world.reopen();
  CHECK(world.data->start_execution(given_up).error().code == Code::conflict);
  CHECK(world.data->start_execution(begun).error().code == Code::conflict);
  auto next = given_up;
  next.attempt = 2;
  must(world.data->start_execution(next));
  must(world.data->finish_execution(world.end_of(next)));
  must(world.data->finish_execution(world.end_of(begun)));
}

TEST_CASE("what its owner cancelled stays cancelled, and billed") {
  World world;
  const auto start = world.run(world.function(world.user()), Verdict::cancelled);
  CHECK(must(world.data->lose_execution(loss_of(start))).verdict == Verdict::cancelled);
  CHECK(must(world.data->get_bill({start.user_id})).total == 1);
}

TEST_CASE("giving up an earlier attempt leaves a later one alone") {
  World world;
  auto start = world.start_of(world.function(world.user()), {});
  auto loss = loss_of(start);
  start.attempt = 2;
  must(world.data->start_execution(start));
  REQUIRE(eventually([&] { return world.data->get_execution({start.exec_id}).has_value(); }));
  CHECK_FALSE(must(world.data->lose_execution(loss)).verdict);
  must(world.data->finish_execution(world.end_of(start)));
}

}  // namespace
}  // namespace kappa::test
