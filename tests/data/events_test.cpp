// What the platform did, by time.
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;

std::string story(const data::Events& events) {
  std::string text;
  for (const auto& event : events.events) text += event.status + " ";
  return text;
}

TEST_CASE("a function's events tell its creation, every start and every failure, oldest first") {
  World world;
  const auto function = world.function(world.user());
  const Timestamp created = world.clock.now();
  world.clock.advance(1s);
  const auto good = world.run(function);
  world.clock.advance(1s);
  const auto bad = world.start_of(function, {});
  must(world.data->start_execution(bad));
  world.clock.advance(1s);
  must(world.data->finish_execution(world.end_of(bad, Verdict::crashed)));

  const auto events = must(world.data->list_function_events({function.fn_id, {}})).events;
  REQUIRE(events.size() == 4);
  CHECK(events[0].status == "created");
  CHECK(events[0].ts == created);
  CHECK_FALSE(events[0].exec_id);
  CHECK(events[1].status == "started");
  CHECK(events[1].exec_id == good.exec_id);
  CHECK(events[2].exec_id == bad.exec_id);
  CHECK_FALSE(events[2].verdict);
  CHECK(events[3].status == "failed");
  CHECK(events[3].ts == world.clock.now());
  CHECK(events[3].exec_id == bad.exec_id);
  CHECK(events[3].verdict == Verdict::crashed);
  CHECK(events[3].detail == "it failed");
}

TEST_CASE("events of one microsecond keep their order: created, started, failed") {
  World world;
  const auto function = world.function(world.user());
  world.run(function, Verdict::error);
  CHECK(story(must(world.data->list_function_events({function.fn_id, {}}))) ==
        "created started failed ");
}

TEST_CASE("a limit keeps the newest events") {
  World world;
  const auto function = world.function(world.user());
  for (int i = 0; i < 600; ++i) {
    world.clock.advance(1ms);
    world.run(function, Verdict::error);
  }
  CHECK(story(must(world.data->list_function_events({function.fn_id, 3}))) ==
        "failed started failed ");
  CHECK(must(world.data->list_function_events({function.fn_id, {}})).events.size() == 1000);
  for (const std::int64_t wrong : {-1, 0, 1001}) {
    CHECK(world.data->list_function_events({function.fn_id, wrong}).error().code == Code::invalid);
  }
}

TEST_CASE("a function that is not there has no events; a reserved one has none yet") {
  World world;
  CHECK(must(world.data->list_function_events({world.id(), {}})).events.empty());
  const Uuid fn_id = world.id();
  must(world.data->reserve_function({fn_id, world.user(), {"hello"}}));
  CHECK(must(world.data->list_function_events({fn_id, {}})).events.empty());
}

TEST_CASE("an execution's events are its own") {
  World world;
  const auto function = world.function(world.user());
  const auto good = world.run(function);
  const auto bad = world.run(function, Verdict::error);
  CHECK(story(must(world.data->list_execution_events({good.exec_id}))) == "started ");
  CHECK(story(must(world.data->list_execution_events({bad.exec_id}))) == "started failed ");
  CHECK(world.data->list_execution_events({world.id()}).error().code == Code::not_found);
}

TEST_CASE("a deleted function's events stay in the ledger") {
  World world;
  const auto function = world.function(world.user());
  world.run(function);
  must(world.data->remove_function({function.fn_id}));
  must(world.data->forget_function({function.fn_id}));
  CHECK(story(must(world.data->list_function_events({function.fn_id, {}}))) == "created started ");
}

}  // namespace
}  // namespace kappa::test
