// Executions of which nobody knows what became, within a transaction.
#pragma once

#include <map>
#include <mutex>

#include "kappa/data.hpp"
#include "store/database.hpp"

namespace kappa::data {

/// Nothing when it has an outcome already. One that never began has a row from then on, so that it
/// cannot begin.
/// `begun` tells who began it, where its row may lack: null when nobody is known to have.
Result<Nothing> lose_one(store::Database& db, const LoseExecution& ask, const StartExecution* begun,
                         Timestamp now);
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
  struct Attempt {
    std::int64_t attempt = 1;  ///< the last one that was lost
    Timestamp at;
  };

  mutable std::mutex mutex_;
  std::map<Uuid, Attempt> lost_;  // guarded by mutex_
};

}  // namespace kappa::data
