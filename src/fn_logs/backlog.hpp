// Exchanges that nobody waits for, until they are written together.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "fn_logs/days.hpp"
#include "kappa/fn_logs.hpp"

namespace kappa::fn_logs {

/// Most executions print nothing, and a commit for each one's exchange would cost a fifth of a
/// call: they are gathered for some milliseconds, and then written by one job. Thread-safe.
class Backlog {
 public:
  explicit Backlog(Days& days) : days_(days) {}
  ~Backlog();
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  /// The output must have an exchange. unavailable: its day's file has no room, or takes nothing at
  /// present.
  Result<Nothing> add(const Output& output);
  /// What was added to this file before can be read then, or cannot be written.
  static void settle(store::File& file);

 private:
  struct Row {
    Uuid fn_id;
    Uuid exec_id;
    std::int64_t user_id;
    Exchange exchange;
    store::Place place;
  };
  using Rows = std::vector<Row>;
  struct Pending {
    DayFile file;  ///< stays open until its job runs
    Rows rows = {};
    std::shared_future<Result<Nothing>> written = {};
  };

  Result<std::shared_future<Result<Nothing>>> put(Day day, DayFile file, Row row);
  Result<Nothing> schedule(Day day, DayFile file);
  Result<Nothing> write(store::Database& db, Day day, Rows& rows);

  Days& days_;
  std::mutex mutex_;
  std::map<Day, Pending> pending_;  ///< guarded by mutex_; two at midnight, else one or none
};

}  // namespace kappa::fn_logs
