// Executions of which nobody knows what became, within a transaction.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

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
/// What earlier leases of a runner left open.
Result<Lost> lose_of_runner(store::Database& db, const TakeLease& ask, Timestamp now);
Result<Lost> lose_overdue(store::Database& db, const LoseOverdue& ask, Timestamp now);

/// Those lost lately, by id: one that begins after all must not run, and its start is looked up in
/// the file only once it has run. Thread-safe.
class LatelyLost {
 public:
  void add(const Uuid& exec_id, std::int64_t attempt, Timestamp now);
  bool has(const Uuid& exec_id, std::int64_t attempt) const;

 private:
  mutable std::mutex mutex_;
  std::map<Uuid, std::int64_t> attempts_;  // the last one that was lost; guarded by mutex_
  std::deque<std::pair<Timestamp, Uuid>> in_order_;  // when; the same ones, some of them twice
};

}  // namespace kappa::data
