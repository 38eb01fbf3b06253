// Runners' lives: what a new one ends, and which one may start what.
#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a new lease ends what earlier ones of that runner left open, unbilled") {
  World world;
  const auto function = world.function(world.user());
  const Uuid old_lease = world.id();
  CHECK(must(world.data->take_lease({"local", old_lease})).lost == 0);
  const auto done = world.run(function, Verdict::ok, old_lease);
  const auto open = world.start_of(function, old_lease);
  must(world.data->start_execution(open));
  auto elsewhere = world.start_of(function, old_lease);
  elsewhere.runner = "other";
  must(world.data->start_execution(elsewhere));

  CHECK(must(world.data->take_lease({"local", old_lease})).lost == 0);
  world.clock.advance(1s);
  const Uuid new_lease = world.id();
  CHECK(must(world.data->take_lease({"local", new_lease})).lost == 1);
  const auto lost = must(world.data->get_execution({open.exec_id}));
  CHECK(lost.verdict == Verdict::runner_lost);
  CHECK(lost.ended_at == world.clock.now());
  CHECK(lost.detail != "");
  CHECK(must(world.data->get_execution({done.exec_id})).verdict == Verdict::ok);
  CHECK_FALSE(must(world.data->get_execution({elsewhere.exec_id})).verdict);
  CHECK(world.data->finish_execution(world.end_of(open)).error().code == Code::conflict);
  CHECK(must(world.data->get_bill({function.user_id})).total == 1);
  CHECK(must(world.data->take_lease({"local", world.id()})).lost == 0);
}

TEST_CASE("a runner whose lease is over starts nothing, also after a restart of the ledger") {
  World world;
  const auto function = world.function(world.user());
  const Uuid old_lease = world.id();
  must(world.data->take_lease({"local", old_lease}));
  must(world.data->take_lease({"local", world.id()}));
  for (int life = 0; life < 2; ++life) {
    const auto late = world.start_of(function, old_lease);
    CHECK(world.data->start_execution(late).error().code == Code::conflict);
    CHECK(world.data->get_execution({late.exec_id}).error().code == Code::not_found);
    world.reopen();
  }
}

TEST_CASE("a lease is taken again from a ledger that is older, never from a newer runner") {
  World world;
  const auto function = world.function(world.user());
  const Uuid old_lease = world.id();
  world.clock.advance(1s);
  const Uuid lease = world.id();
  must(world.data->take_lease({"local", old_lease}));
  CHECK(world.data->start_execution(world.start_of(function, lease)).error().code ==
        Code::conflict);
  must(world.data->take_lease({"local", lease, true}));
  must(world.data->take_lease({"local", lease, true}));
  world.run(function, Verdict::ok, lease);

  const auto refused = world.data->take_lease({"local", old_lease, true});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(world.data->start_execution(world.start_of(function, old_lease)).error().code ==
        Code::conflict);
  world.run(function, Verdict::ok, lease);
  must(world.data->take_lease({"local", old_lease}));  // it was started anew
  world.run(function, Verdict::ok, old_lease);
}

TEST_CASE("a lease that cannot be written down is not taken") {
  World world;
  const auto function = world.function(world.user());
  const Uuid lease = world.id();
  must(world.data->take_lease({"local", lease}));
  {
    auto other = must(store::Database::open(world.path));
    REQUIRE(other.run("BEGIN IMMEDIATE"));
    CHECK(world.data->take_lease({"local", world.id()}).error().code == Code::unavailable);
    CHECK(world.data->take_lease({"new", world.id()}).error().code == Code::unavailable);
  }
  CHECK(eventually([&] { return world.data->check_recording({}).has_value(); }));
  world.run(function, Verdict::ok, lease);
}

TEST_CASE("a lost runner's room is free again") {
  World world;
  const auto function = world.function(world.user());
  for (int life = 0; life < 3; ++life) {
    const Uuid lease = world.id();
    must(world.data->take_lease({"local", lease}));
    for (int i = 0; i < 1500; ++i)
      REQUIRE(world.data->start_execution(world.start_of(function, lease)));
  }
}

}  // namespace
}  // namespace kappa::test
