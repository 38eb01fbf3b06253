// Outcomes that cannot be written, and what becomes of their executions.
#include <sqlite3.h>

#include "world.hpp"

namespace kappa::test {
namespace {

/// Another process's lock on the file, until it goes.
class Lock {
 public:
  explicit Lock(const std::filesystem::path& file) {
    REQUIRE(sqlite3_open(file.c_str(), &other_) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { sqlite3_close(other_); }

 private:
  sqlite3* other_ = nullptr;
};

struct Unwritten : World {
  data::Function fn = function(user());
  data::StartExecution start = start_of(fn, {});

  /// An execution that has a row, and whose outcome is refused.
  Unwritten() {
    must(data->start_execution(start));
    REQUIRE(eventually([&] { return data->get_execution({start.exec_id}).has_value(); }));
    const Lock lock(path);
    const auto finished = data->finish_execution(end_of(start));
    REQUIRE_FALSE(finished);
    CHECK(finished.error().code == Code::unavailable);
    CHECK_FALSE(data->check_recording({}));
  }

  void check_lost() {
    const auto execution = must(data->get_execution({start.exec_id}));
    CHECK(execution.verdict == Verdict::runner_lost);
    CHECK(execution.ended_at.has_value());
  }
};

TEST_CASE("an execution whose outcome was refused is closed as lost when that can be recorded") {
  Unwritten world;
  REQUIRE(eventually([&] { return world.data->check_recording({}).has_value(); }));
  world.check_lost();
  CHECK(must(world.data->get_bill({world.fn.user_id})).total == 0);
}

TEST_CASE("the next outcome closes it too, and is billed alone") {
  Unwritten world;
  world.run(world.fn);
  world.check_lost();
  CHECK(must(world.data->get_bill({world.fn.user_id})).total == 1);
}

TEST_CASE("an attempt whose start could not be written is lost as one that began") {
  World world;
  const auto start = world.start_of(world.function(world.user()), world.id());
  {
    const Lock lock(world.path);
    must(world.data->start_execution(start));
    // Not begun twice: as one that has begun, or because by then nothing can be written any more.
    const auto again = world.data->start_execution(start);
    REQUIRE_FALSE(again);
    CHECK((again.error().code == Code::conflict || again.error().code == Code::unavailable));
    REQUIRE(eventually([&] { return !world.data->check_recording({}); }));  // so it was refused
  }
  REQUIRE_FALSE(world.data->get_execution({start.exec_id}));
  const auto known =
      must(world.data->lose_execution({start.exec_id, start.fn_id, start.user_id, start.fn_name,
                                       start.fn_version, "it is gone", start.queued_at, 1}));
  CHECK(known.verdict == Verdict::runner_lost);
  CHECK(known.runner == "local");
}

}  // namespace
}  // namespace kappa::test
