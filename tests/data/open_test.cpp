// Opening: what is refused, and two who have one file open.
#include <sys/stat.h>

#include <fstream>

#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

TEST_CASE("a data file that cannot be used is refused by its name") {
  TempDir dir;
  SystemClock clock;
  SystemRandom random;
  CHECK_THROWS_WITH((void)data::open_data("/nonexistent/data.db", clock, random),
                    doctest::Contains("/nonexistent/data.db cannot be made"));
  const auto path = dir.path() / "data.db";
  std::ofstream(path) << "this is no database, only a text that is long enough to be one";
  CHECK_THROWS_WITH((void)data::open_data(path, clock, random),
                    doctest::Contains("move it away and restore a copy"));
}

TEST_CASE("a data file written by a newer Kappa is refused") {
  World world;
  world.data.reset();
  {
    auto db = must(store::Database::open(world.path));
    REQUIRE(db.run("INSERT INTO schema_migration VALUES (9999, '9999_future.sql', '', 0)"));
  }
  CHECK_THROWS_WITH((void)data::open_data(world.path, world.clock, world.random),
                    doctest::Contains("was written by a newer Kappa"));
}

TEST_CASE("two who have one file open see each other's writes") {
  World world;
  const auto second = data::open_data(world.path, world.clock, world.random);
  const auto user_id = world.user();
  const std::string token = world.token("ada");
  CHECK(must(second->identify({token})).user_id == user_id);
  must(second->logout({token}));
  CHECK_FALSE(world.data->identify({token}));
}

TEST_CASE("a data file is readable by its owner alone") {
  World world;
  struct stat status {};
  REQUIRE(::stat(world.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

}  // namespace
}  // namespace kappa::test
