// Executions of which nobody knows what became, within a transaction.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "data/execution_rows.hpp"
#include "kappa/data.hpp"
#include "store/database.hpp"

namespace kappa::data {

/// An execution given up as lost.
struct Loss {
  LoseExecution ask;
  std::optional<StartExecution> begun;  ///< by whom; its row may lack all the same
  Timestamp at;
};

/// Nothing when it has an outcome already, or a later attempt. One that never began has a row from
/// then on, so that it cannot begin.
Result<Nothing> lose_one(store::Database& db, const Loss& loss);
/// One that was cancelled for a hang-up after all: also takes its line off the bill, and gives
/// that. Nothing when it is not `cancelled`.
Result<std::optional<Billed>> lose_hung_up(store::Database& db, const Loss& loss);
/// What earlier leases of a runner left open.
Result<Lost> lose_of_runner(store::Database& db, const TakeLease& ask, Timestamp now);
Result<Lost> lose_overdue(store::Database& db, const LoseOverdue& ask, Timestamp now);

/// Attempts of which something was said lately. Thread-safe.
class RecentAttempts {
 public:
  explicit RecentAttempts(std::int64_t remembered_us) : remembered_us_(remembered_us) {}

  void add(const Uuid& exec_id, std::int64_t attempt, Timestamp now);
  /// Of this attempt or a later one.
  bool has(const Uuid& exec_id, std::int64_t attempt) const;

 private:
  struct Attempt {
    std::int64_t attempt = 0;  ///< the highest one
    Timestamp at;              ///< when something was said last
  };

  const std::int64_t remembered_us_;
  mutable std::mutex mutex_;
  std::map<Uuid, Attempt> attempts_;                 // guarded by mutex_
  std::deque<std::pair<Timestamp, Uuid>> in_order_;  // when; the same ones, some of them twice
};

}  // namespace kappa::data
