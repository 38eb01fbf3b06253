// Group commit: order, isolation of failures, one sync for many, room, and what a full, locked or
// failing disk does.
#include "store/writer.hpp"

#include <sqlite3.h>

#include <set>

#include "child.hpp"
#include "disk.hpp"
#include "held.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using store::Database;

TEST_CASE("what was written is there for every reader, and after the file is opened again") {
  Notes notes;
  {
    auto file = notes.open();
    REQUIRE(file->write(add(1)));
    CHECK(notes_in(*file) == 1);
    auto second = notes.open();
    CHECK(notes_in(*second) == 1);
    REQUIRE(second->write(add(2)));
    CHECK(notes_in(*file) == 2);
  }
  CHECK(notes_in(*notes.open()) == 2);
}

TEST_CASE("a write gives back what its job made") {
  Notes notes;
  auto file = notes.open();
  const auto made = file->write([](Database& db) -> Result<std::string> {
    TRY(db.run("INSERT INTO note VALUES (1, 'x')"));
    return "made " + std::to_string(db.changes());
  });
  CHECK(must(made) == "made 1");
}

TEST_CASE("what is queued while a batch is written becomes one commit with one sync") {
  disk();
  Notes notes;
  auto file = notes.open();
  Hold hold(file->writer());
  std::vector<Answer> answers;
  for (std::int64_t n = 0; n < 200; ++n) answers.push_back(submit(*file, add(n)));
  const int before = disk().wal_syncs;
  hold.release();
  for (Answer& answer : answers) CHECK(answer.get());
  CHECK(disk().wal_syncs - before <= 2);  // the batch, and the one that held it up
  CHECK(notes_in(*file) == 200);
}

TEST_CASE("many threads each get their own write durable, in fewer syncs than writes") {
  disk();
  Notes notes;
  auto file = notes.open();
  const int before = disk().wal_syncs;
  constexpr std::int64_t threads = 16;
  constexpr std::int64_t each = 50;
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> writers;
    for (std::int64_t t = 0; t < threads; ++t) {
      writers.emplace_back([&, t] {
        for (std::int64_t i = 0; i < each; ++i)
          if (!file->write(add(t * each + i))) ++refused;
      });
    }
  }
  CHECK(refused == 0);
  CHECK(notes_in(*file) == threads * each);
  CHECK(disk().wal_syncs - before < threads * each);
}

TEST_CASE("jobs run in the order they were submitted") {
  Notes notes;
  auto file = notes.open();
  std::vector<int> order;
  Hold hold(file->writer());
  std::vector<Answer> answers;
  for (int i = 0; i < 600; ++i) {  // more than one batch
    answers.push_back(submit(*file, [&order, i](Database&) -> Result<Nothing> {
      order.push_back(i);
      return Nothing{};
    }));
  }
  hold.release();
  for (Answer& answer : answers) REQUIRE(answer.get());
  REQUIRE(order.size() == 600);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("a job that fails or throws is undone alone; its neighbours are written") {
  Notes notes;
  auto file = notes.open();
  Hold hold(file->writer());
  auto before = submit(*file, add(1));
  auto refused = submit(*file, [](Database& db) -> Result<Nothing> {
    TRY(db.run("INSERT INTO note VALUES (2, 'x')"));
    return Error{Code::conflict, "no"};
  });
  auto thrown = submit(*file, [](Database& db) -> Result<Nothing> {
    TRY(db.run("INSERT INTO note VALUES (3, 'x')"));
    throw std::runtime_error("a bug");
  });
  auto wrong = submit(*file, add(1));  // the same key
  auto after = submit(*file, add(4));
  hold.release();
  CHECK(before.get());
  CHECK(refused.get().error().code == Code::conflict);
  CHECK_THROWS_WITH((void)thrown.get(), "a bug");
  CHECK_THROWS_AS((void)wrong.get(), std::logic_error);
  CHECK(after.get());
  CHECK(notes_in(*file) == 2);
}

TEST_CASE("what a job did before its neighbour failed is there once") {
  Notes notes;
  auto file = notes.open();
  REQUIRE(file->write(add(1)));
  const auto grow = [](Database& db) -> Result<Nothing> {
    return db.run("UPDATE note SET text = text || '+'");
  };
  Hold hold(file->writer());
  auto before = submit(*file, grow);
  auto refused = submit(*file, [&](Database& db) -> Result<Nothing> {
    TRY(grow(db));
    return Error{Code::conflict, "no"};
  });
  auto after = submit(*file, grow);
  hold.release();
  CHECK(before.get());
  CHECK_FALSE(refused.get());
  CHECK(after.get());
  const auto added = file->read([](Database& db) -> Result<std::int64_t> {
    auto rows = db.query("SELECT LENGTH(text) - LENGTH(RTRIM(text, '+')) FROM note");
    TRY(rows.next());
    return rows.integer(0);
  });
  CHECK(must(added) == 2);
}

TEST_CASE("a full queue refuses, a reserved place does not, and places come back") {
  Notes notes;
  store::FileOptions options;
  options.room = {3, 1000};
  auto file = notes.open(options);
  auto reserved = file->writer().reserve(100);
  REQUIRE(reserved);
  {
    Hold hold(file->writer());
    auto queued = submit(*file, add(1));
    CHECK(file->write(add(2)).error().code == Code::unavailable);
    CHECK(file->writer().reserve(0).error().detail.find("notes.db") == 0);
    auto kept = file->writer().submit(add(3), *std::move(reserved));
    hold.release();
    CHECK(queued.get());
    CHECK(kept.get());
  }
  CHECK(file->write(add(4), 1001).error().code == Code::unavailable);
  for (std::int64_t n = 5; n < 15; ++n) REQUIRE(file->write(add(n), 1000));
  CHECK(notes_in(*file) == 12);
}

TEST_CASE("a full disk fails the batch by name, leaves reads alone, and heals with space") {
  Notes notes;
  auto file = notes.open();
  REQUIRE(file->write(add(1)));
  REQUIRE(file->write([](Database& db) { return db.run("PRAGMA max_page_count = 8"); }));
  const std::string large(100'000, 'x');
  Hold hold(file->writer());
  auto neighbour = submit(*file, add(2));
  auto too_large = submit(*file, add(3, large));
  hold.release();
  for (Answer* answer : {&neighbour, &too_large}) {
    const auto refused = answer->get();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::unavailable);
    CHECK(refused.error().detail == "notes.db cannot grow: the disk is full; free some space");
  }
  CHECK(notes_in(*file) == 1);
  CHECK(file->write(add(4)));
  REQUIRE(file->write([](Database& db) { return db.run("PRAGMA max_page_count = 100000"); }));
  CHECK(file->write(add(3, large)));
  CHECK(notes_in(*file) == 3);
}

TEST_CASE("a disk that cannot write is unavailable until it can") {
  disk();
  Notes notes;
  auto file = notes.open();
  REQUIRE(file->write(add(1)));
  for (const int code : {SQLITE_IOERR_WRITE, SQLITE_FULL}) {
    disk().write_fails = code;
    CHECK(file->write(add(2)).error().code == Code::unavailable);
    CHECK(file->writer().failing());
    CHECK(notes_in(*file) == 1);
    disk().write_fails = 0;
  }
  CHECK(file->write(add(2)));
  CHECK_FALSE(file->writer().failing());
  CHECK(notes_in(*file) == 2);
}

TEST_CASE("a failed sync ends the process, and what was acknowledged is there afterwards") {
  disk();
  Notes notes;
  const int status = run_child([&] {
    auto file = notes.open();
    if (!file->write(add(1))) throw std::runtime_error("not written");
    disk().sync_fails = SQLITE_IOERR_FSYNC;
    (void)file->write(add(2));
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  auto file = notes.open();
  CHECK(notes_in(*file) >= 1);
  CHECK(file->write(add(3)));
}

TEST_CASE("a locked file refuses all that is queued within seconds, and is read meanwhile") {
  Notes notes;
  auto file = notes.open();
  REQUIRE(file->write(add(1)));
  auto other = Database::open(notes.path);
  REQUIRE(other);
  REQUIRE(other->run("BEGIN IMMEDIATE"));
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Answer> answers;
  for (std::int64_t n = 2; n < 2000; ++n) answers.push_back(submit(*file, add(n)));
  CHECK(notes_in(*file) == 1);
  for (Answer& answer : answers) {
    const auto result = answer.get();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Code::unavailable);
    CHECK(result.error().detail == "notes.db is locked by another process; close that one");
  }
  // Eight batches that each waited for themselves would take eight.
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(4));
  REQUIRE(other->run("ROLLBACK"));
  CHECK(file->write(add(2)));
  CHECK(notes_in(*file) == 2);
}

TEST_CASE("closing writes what is queued") {
  Notes notes;
  std::vector<Answer> answers;
  {
    auto file = notes.open();
    Hold hold(file->writer());
    for (std::int64_t n = 0; n < 300; ++n) answers.push_back(submit(*file, add(n)));
  }
  for (Answer& answer : answers) CHECK(answer.get());
  CHECK(notes_in(*notes.open()) == 300);
}

TEST_CASE("what is deleted with a scrub is in no file any more") {
  Notes notes;
  store::FileOptions options;
  options.secure_delete = true;
  auto file = notes.open(options);
  const std::string canary = "canary-7f3a";
  for (std::int64_t n = 0; n < 50; ++n)
    REQUIRE(file->write(add(n, canary + std::string(3000, 'x'))));
  const auto found = [&] {
    return bytes_of(notes.path).find(canary) != std::string::npos ||
           bytes_of(notes.path.string() + "-wal").find(canary) != std::string::npos;
  };
  CHECK(found());
  const auto erase = [](Database& db) { return db.run("DELETE FROM note"); };
  REQUIRE(file->write(erase, 0, store::Afterwards::scrub));
  CHECK_FALSE(found());
}

TEST_CASE("kill -9 loses no acknowledged row") {
  for (int round = 0; round < 5; ++round) {
    Notes notes;
    int acks[2];
    REQUIRE(::pipe(acks) == 0);
    const pid_t pid = start_child([&] {
      auto file = notes.open();
      std::vector<std::jthread> writers;
      for (std::int64_t t = 0; t < 8; ++t) {
        writers.emplace_back([&, t] {
          for (std::int64_t n = t;; n += 8)
            if (!file->write(add(n)) || ::write(acks[1], &n, sizeof n) != sizeof n) return;
        });
      }
    });
    ::close(acks[1]);
    std::set<std::int64_t> acknowledged;
    for (std::int64_t n = 0; ::read(acks[0], &n, sizeof n) == sizeof n;) {
      acknowledged.insert(n);
      if (acknowledged.size() == 300) ::kill(pid, SIGKILL);
    }
    ::close(acks[0]);
    CHECK(WTERMSIG(end_of_child(pid)) == SIGKILL);
    CHECK(acknowledged.size() >= 300);
    auto file = notes.open();
    const auto lost = file->read([&](Database& db) -> Result<std::size_t> {
      std::set<std::int64_t> missing = acknowledged;
      auto rows = db.query("SELECT n FROM note");
      while (TRY(rows.next())) missing.erase(rows.integer(0));
      return missing.size();
    });
    CHECK(must(lost) == 0);
  }
}

}  // namespace
}  // namespace kappa::test
