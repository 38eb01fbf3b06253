// One connection: values, statements, transactions, and what is refused.
#include "store/database.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>

#include "world.hpp"

namespace kappa::test {
namespace {

using store::Database;

Database open(const std::filesystem::path& path, const store::OpenOptions& options = {}) {
  auto database = Database::open(path, options);
  REQUIRE(database);
  return *std::move(database);
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

TEST_CASE("a new database and its log can be read by their owner alone") {
  TempDir dir;
  Database db = open(dir.path() / "a.db");
  REQUIRE(db.run("CREATE TABLE t (a INTEGER)"));
  for (const char* name : {"a.db", "a.db-wal", "a.db-shm"})
    CHECK(mode_of(dir.path() / name) == 0600);
}

TEST_CASE("values come back as they were bound") {
  TempDir dir;
  Database db = open(dir.path() / "a.db");
  const Uuid id{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255}};
  const std::string text("a\0\xc3\xa9", 4);
  auto rows = db.query("SELECT ?, ?, ?, ?, ?, ?, typeof(?5)",
                       {INT64_MIN, text, store::as_bytes(text), id, Timestamp{-1}, std::nullopt});
  REQUIRE(must(rows.next()));
  CHECK(rows.integer(0) == INT64_MIN);
  CHECK(rows.text(1) == text);
  CHECK(rows.text(2) == text);
  CHECK(rows.uuid(3) == id);
  CHECK(rows.timestamp(4).us == -1);
  CHECK(rows.null(5));
  CHECK(rows.text(6) == "integer");
  CHECK_FALSE(rows.null(0));
  CHECK_FALSE(must(rows.next()));
}

TEST_CASE("empty text is not NULL, and what is no UUID reads as zeros") {
  TempDir dir;
  Database db = open(dir.path() / "a.db");
  auto rows = db.query("SELECT ?, ?", {std::string_view(), store::Bytes()});
  REQUIRE(must(rows.next()));
  CHECK_FALSE(rows.null(0));
  CHECK_FALSE(rows.null(1));
  CHECK(rows.uuid(1) == Uuid{});
}

TEST_CASE("a statement is ready again when its rows have gone") {
  TempDir dir;
  Database db = open(dir.path() / "a.db");
  for (std::int64_t n = 0; n < 3; ++n) {
    auto rows = db.query("SELECT ? UNION ALL SELECT 7", {n});
    REQUIRE(must(rows.next()));
    CHECK(rows.integer(0) == n);
  }
}

TEST_CASE("wrong SQL and a wrong number of values are bugs: they throw") {
  TempDir dir;
  Database db = open(dir.path() / "a.db");
  CHECK_THROWS_AS((void)db.run("SELECT ?", {}), std::logic_error);
  CHECK_THROWS_AS((void)db.run("SELEC 1"), std::logic_error);
  REQUIRE(db.run("CREATE TABLE t (a INTEGER UNIQUE)"));
  REQUIRE(db.run("INSERT INTO t VALUES (1)"));
  CHECK_THROWS_AS((void)db.run("INSERT INTO t VALUES (1)"), std::logic_error);
}

TEST_CASE("a transaction that is not committed leaves nothing") {
  TempDir dir;
  Database db = open(dir.path() / "a.db");
  REQUIRE(db.run("CREATE TABLE t (a INTEGER)"));
  {
    auto kept = store::Transaction::begin(db);
    REQUIRE(kept);
    REQUIRE(db.run("INSERT INTO t VALUES (1)"));
    CHECK(db.changes() == 1);
    REQUIRE(kept->commit());
  }
  {
    auto dropped = store::Transaction::begin(db);
    REQUIRE(dropped);
    REQUIRE(db.run("INSERT INTO t VALUES (2)"));
  }
  auto rows = db.query("SELECT SUM(a) FROM t");
  REQUIRE(must(rows.next()));
  CHECK(rows.integer(0) == 1);
}

TEST_CASE("a folder that is not there is refused by its name") {
  const auto refused = Database::open("/nonexistent/folder/a.db");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(refused.error().detail.find("/nonexistent/folder/a.db cannot be made") == 0);
}

TEST_CASE("a read-only connection makes no file and writes none") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  CHECK(Database::open(path, {.read_only = true}).error().code == Code::unavailable);
  CHECK_FALSE(std::filesystem::exists(path));
  Database db = open(path);
  REQUIRE(db.run("CREATE TABLE t (a INTEGER)"));
  Database reader = open(path, {.read_only = true});
  CHECK(reader.run("INSERT INTO t VALUES (1)").error().code == Code::unavailable);
}

TEST_CASE("a file that is no database is said to be one to restore") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  std::ofstream(path) << std::string(10'000, 'x');
  const auto refused = Database::open(path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::internal);
  CHECK(refused.error().detail.find(path.string() + " is damaged") == 0);
  CHECK(bytes_of(path) == std::string(10'000, 'x'));
}

TEST_CASE("a damaged page is an error, never rows") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  {
    Database db = open(path);
    REQUIRE(db.run("CREATE TABLE t (a TEXT)"));
    for (int i = 0; i < 100; ++i)
      REQUIRE(db.run("INSERT INTO t VALUES (?)", {std::string(500, 'x')}));
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(8192, '\xff');
  file.close();
  Database db = open(path);
  CHECK(db.run("SELECT COUNT(*), SUM(LENGTH(a)) FROM t").error().code == Code::internal);
}

TEST_CASE("a file held by another process is refused within seconds") {
  TempDir dir;
  const auto path = dir.path() / "a.db";
  Database owner = open(path);
  REQUIRE(owner.run_script("PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE t (a INTEGER);"));
  const auto begun = std::chrono::steady_clock::now();
  const auto refused = Database::open(path);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(refused.error().detail.find("is locked by another process") != std::string::npos);
}

TEST_CASE("each of SQLite's refusals has its meaning") {
  const auto code = [](int sqlite) { return store::failure("a.db", sqlite, "why").code; };
  CHECK(code(SQLITE_FULL) == Code::unavailable);
  CHECK(code(SQLITE_BUSY_SNAPSHOT) == Code::unavailable);
  CHECK(code(SQLITE_IOERR_READ) == Code::unavailable);
  CHECK(code(SQLITE_CANTOPEN) == Code::unavailable);
  CHECK(code(SQLITE_CORRUPT_INDEX) == Code::internal);
  CHECK(code(SQLITE_NOTADB) == Code::internal);
  CHECK_THROWS_AS(code(SQLITE_IOERR_FSYNC), store::DiskLost);
  CHECK_THROWS_AS(code(SQLITE_NOMEM), std::bad_alloc);
  CHECK_THROWS_AS(code(SQLITE_CONSTRAINT_UNIQUE), std::logic_error);
  CHECK(store::failure("a.db", SQLITE_FULL, "").detail.find("a.db") == 0);
}

}  // namespace
}  // namespace kappa::test
