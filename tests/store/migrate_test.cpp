// Schemas: fresh, older, edited, newer, and killed half way.
#include "store/migrate.hpp"

#include <sqlite3.h>

#include <vector>

#include "base/log.hpp"
#include "child.hpp"
#include "disk.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using store::Database;
using store::Migration;

const std::vector<Migration> first = {{"0001_note.sql", "CREATE TABLE note (n INTEGER) STRICT;"}};
// More pages than one, so that it takes many writes.
const std::vector<Migration> both = {
    first[0],
    {"0002_text.sql",
     "ALTER TABLE note ADD COLUMN text TEXT;"
     "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 40) "
     "INSERT INTO note SELECT i, hex(zeroblob(1000)) FROM k;"
     "CREATE INDEX note_text ON note (text, n);"}};

Result<Nothing> bring(const std::filesystem::path& path, const std::vector<Migration>& to) {
  auto database = TRY(Database::open(path));
  return store::migrate(database, path, to, SystemClock());
}

std::int64_t number(const std::filesystem::path& path, store::Sql sql) {
  auto database = Database::open(path);
  REQUIRE(database);
  auto rows = database->query(sql);
  REQUIRE(must(rows.next()));
  return rows.integer(0);
}

std::int64_t version(const std::filesystem::path& path) {
  return number(path, "SELECT COUNT(*) FROM schema_migration");
}

TEST_CASE("a fresh database gets every migration and no copy") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  REQUIRE(bring(path, both));
  CHECK(version(path) == 2);
  CHECK(number(path, "SELECT COUNT(text) FROM note") == 40);
  CHECK(number(path,
               "SELECT COUNT(*) FROM schema_migration WHERE applied_at > 0 AND n = 2 AND "
               "name = '0002_text.sql'") == 1);
  REQUIRE(bring(path, both));
  CHECK(version(path) == 2);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "a.db.v2"));
}

TEST_CASE("an older database is copied beside itself, then brought up to date") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  REQUIRE(bring(path, first));
  {
    auto database = Database::open(path);
    REQUIRE(database);
    REQUIRE(database->run("INSERT INTO note VALUES (77)"));
  }
  REQUIRE(bring(path, both));
  CHECK(version(path) == 2);
  CHECK(number(path, "SELECT COUNT(*) FROM note") == 41);
  const auto copy = dir.path() / "a.db.v1";
  CHECK((std::filesystem::status(copy).permissions() & std::filesystem::perms(0077)) ==
        std::filesystem::perms::none);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "a.db.v1.part"));
  CHECK(version(copy) == 1);
  CHECK(number(copy, "SELECT n FROM note") == 77);
}

TEST_CASE("no copy is made where none is wanted") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  REQUIRE(bring(path, first));
  auto database = must(Database::open(path));
  REQUIRE(store::migrate(database, path, both, SystemClock(), false));
  CHECK(version(path) == 2);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "a.db.v1"));
}

TEST_CASE("a database newer than the binary is refused and left as it is") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  REQUIRE(bring(path, both));
  const auto refused = bring(path, first);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(refused.error().detail.find(path.string() + " was written by a newer Kappa") == 0);
  CHECK(version(path) == 2);
}

TEST_CASE("a migration edited after it was applied is refused by name") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  REQUIRE(bring(path, first));
  const auto refused =
      bring(path, {{"0001_note.sql", "CREATE TABLE note (n INTEGER, m INTEGER) STRICT;"}, both[1]});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(refused.error().detail.find("0001_note.sql") != std::string::npos);
  CHECK(version(path) == 1);
}

TEST_CASE("a migration that fails leaves the version before it") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  const std::vector<Migration> broken = {
      first[0],
      {"0002_broken.sql", "CREATE TABLE half (a INTEGER); INSERT INTO absent VALUES (1);"}};
  REQUIRE(bring(path, first));
  CHECK_THROWS_AS((void)bring(path, broken), std::logic_error);
  CHECK(version(path) == 1);
  CHECK(number(path, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'half'") == 0);
}

TEST_CASE("of several migrations all are applied or none") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  REQUIRE(bring(path, first));
  const std::vector<Migration> broken = {both[0], both[1], {"0003_broken.sql", "broken"}};
  CHECK_THROWS_AS((void)bring(path, broken), std::logic_error);
  CHECK(version(path) == 1);
  REQUIRE(bring(path, both));
  CHECK(version(path) == 2);
}

TEST_CASE("a copy that cannot be made stops the migration") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  REQUIRE(bring(path, first));
  std::filesystem::create_directories(dir.path() / "a.db.v1.part" / "in the way");
  const auto refused = bring(path, both);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(version(path) == 1);
}

TEST_CASE("killed at any write, a database has one whole version and can go on") {
  disk();
  log::set_level(log::Level::warning);  // one line for each of hundreds of copies
  int killed = 0;
  for (int writes = 0;; ++writes) {
    TempDir dir;
    const auto path = dir.path() / "a.db";
    REQUIRE(bring(path, first));
    const int status = run_child([&] {
      disk().dies_in = writes;
      if (!bring(path, both)) throw std::runtime_error("not migrated");
    });
    if (WIFEXITED(status)) {
      CHECK(WEXITSTATUS(status) == 0);
      CHECK(version(path) == 2);
      break;
    }
    REQUIRE(WTERMSIG(status) == SIGKILL);
    ++killed;
    const std::int64_t found = version(path);
    const auto rows = number(path, "SELECT COUNT(*) FROM note");
    const auto indexes = number(path, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index'");
    CHECK(rows == (found == 1 ? 0 : 40));
    CHECK(indexes == (found == 1 ? 0 : 1));
    REQUIRE(bring(path, both));
    CHECK(version(path) == 2);
    CHECK(number(path, "SELECT COUNT(text) FROM note") == 40);
  }
  log::set_level(log::Level::info);
  CHECK(killed > 20);
}

}  // namespace
}  // namespace kappa::test
