// The data module on a file of its own, with a clock that tests set.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "data/data.hpp"
#include "support.hpp"

namespace kappa::test {

class SetClock final : public Clock {
 public:
  Timestamp now() const override { return {us_}; }
  void advance(std::chrono::microseconds by) { us_ += by.count(); }

 private:
  std::atomic<std::int64_t> us_{1'795'518'016'000'000};  // 2026-11-24T11:00:16Z
};

struct World {
  TempDir dir;
  SetClock clock;
  SystemRandom random;
  std::filesystem::path path = dir.path() / "data.db";
  data::BillOptions bill;  // of what is opened from then on
  std::unique_ptr<data::Data> data = data::open_data(path, clock, random);

  void reopen() {
    data.reset();
    data = data::open_data(path, clock, random, bill);
  }

  Uuid id() { return make_uuid(clock, random); }

  std::string token(const std::string& username, const std::string& password = "correct horse") {
    return must(data->login({username, password})).token;
  }

  std::int64_t user(const std::string& username = "ada") {
    must(data->signup({{username}, {"correct horse"}}));
    return must(data->identify({token(username)})).user_id;
  }

  data::Function function(std::int64_t user_id, const std::string& name = "hello") {
    const Uuid fn_id = id();
    must(data->reserve_function({fn_id, user_id, {name}}));
    return must(data->publish_function({fn_id, {std::string(64, 'a')}}));
  }

  data::StartExecution start_of(const data::Function& function, const Uuid& lease) {
    data::StartExecution start;
    start.exec_id = id();
    start.runner = "local";
    start.lease = lease;
    start.fn_id = function.fn_id;
    start.user_id = function.user_id;
    start.fn_name = function.name;
    start.limits = {30'000, 256};
    start.queued_at = clock.now();
    return start;
  }

  data::FinishExecution end_of(const data::StartExecution& start, Verdict verdict = Verdict::ok) {
    data::FinishExecution end;
    end.exec_id = start.exec_id;
    end.attempt = start.attempt;
    end.lease = start.lease;
    end.verdict = verdict;
    end.detail = verdict == Verdict::ok ? "" : "it failed";
    end.started_at = start.queued_at;
    end.ended_at = clock.now();
    end.wall_us = 1500;
    end.queued_us = 20;
    end.cpu_us = 1200;
    end.peak_memory_kb = 9000;
    return end;
  }

  /// Runs one execution to its end.
  data::StartExecution run(const data::Function& function, Verdict verdict = Verdict::ok,
                           const Uuid& lease = {}) {
    const auto start = start_of(function, lease);
    must(data->start_execution(start));
    must(data->finish_execution(end_of(start, verdict)));
    return start;
  }
};

/// How SQLite goes about a statement, step by step.
inline std::vector<std::string> plan_of(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_prepare_v2(db, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &statement, nullptr) ==
          SQLITE_OK);
  std::vector<std::string> steps;
  while (sqlite3_step(statement) == SQLITE_ROW)
    steps.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3)));
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return steps;
}

}  // namespace kappa::test
