// Attempts that are given up: whether they had begun decides whether there may be another.
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

}  // namespace
}  // namespace kappa::test
