// Which runners are told of, as time passes.
#include "data/world.hpp"
#include "store/database.hpp"

namespace kappa::test {
namespace {

using Names = std::vector<std::string>;

constexpr std::chrono::hours day{24};

Names names(World& world) { return must(world.data->list_runners({})).runners; }

std::int64_t rows(const World& world) {
  auto db = must(store::Database::open(world.path, {.read_only = true}));
  auto rows = db.query("SELECT count(*) FROM runner");
  REQUIRE(must(rows.next()));
  return rows.integer(0);
}

TEST_CASE("a runner is told of for a day after it began a call, the one heard of last first") {
  World world;
  const auto fn = world.function(world.user());
  must(world.data->take_lease({"elder", world.id()}));
  const Uuid lease = world.id();
  world.clock.advance(std::chrono::hours(1));
  must(world.data->take_lease({"local", lease}));
  CHECK(names(world) == Names{"local", "elder"});
  world.clock.advance(std::chrono::hours(22));
  const auto start = world.start_of(fn, lease);
  must(world.data->start_execution(start));
  must(world.data->finish_execution(world.end_of(start)));
  world.clock.advance(std::chrono::hours(2));
  CHECK(names(world) == Names{"local"});
  world.clock.advance(day);
  CHECK(names(world).empty());
}

TEST_CASE("a runner with an open execution is told of however long that takes") {
  World world;
  const auto fn = world.function(world.user());
  const Uuid lease = world.id();
  must(world.data->take_lease({"local", lease}));
  const auto start = world.start_of(fn, lease);
  must(world.data->start_execution(start));
  REQUIRE(eventually([&] { return world.data->get_execution({start.exec_id}).has_value(); }));
  world.clock.advance(40 * day);
  must(world.data->take_lease({"another", world.id()}));
  CHECK(names(world) == Names{"another", "local"});
}

TEST_CASE(
    "a runner that the ledger lacks, which came from a backup, is told of once it begins a call") {
  World world;
  const auto fn = world.function(world.user());
  CHECK(names(world).empty());
  world.run(fn);
  CHECK(names(world) == Names{"local"});
}

TEST_CASE("a month later nothing is left of a runner that came and went") {
  World world;
  for (int i = 0; i < 50; ++i)
    must(world.data->take_lease({"container-" + std::to_string(i), world.id()}));
  CHECK(rows(world) == 50);
  world.clock.advance(31 * day);
  must(world.data->take_lease({"local", world.id()}));
  CHECK(rows(world) == 1);
}

}  // namespace
}  // namespace kappa::test
