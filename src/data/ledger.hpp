// The executions ledger and the bill that is written with it.
#pragma once

#include "base/clock.hpp"
#include "data/admissions.hpp"
#include "data/execution_rows.hpp"
#include "data/leases.hpp"
#include "data/losses.hpp"
#include "data/runners.hpp"
#include "data/starts.hpp"
#include "data/unrecorded.hpp"
#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// What reads a user's bill over all time: it takes ?1 user_id, and reads a line for each name.
store::Sql bill_query();

/// Thread-safe. Errors as Data has them.
class Ledger {
 public:
  /// Throws std::runtime_error when it cannot be read.
  Ledger(store::File& file, const Clock& clock, Budgets& budgets)
      : file_(file),
        clock_(clock),
        budgets_(budgets),
        opened_at_(clock.now()),
        starts_(file),
        leases_(file),
        heard_(file) {}

  /// A higher attempt takes the place of one that is open or lost.
  Result<Nothing> start(const StartExecution& ask);
  /// Most often before the start's row is written: then both are written as one.
  Result<Nothing> finish(const FinishExecution& ask);
  Result<Lost> take_lease(const TakeLease& ask);
  Result<Nothing> lose(const LoseExecution& ask);
  Result<Lost> lose_overdue(const LoseOverdue& ask);
  Result<RunnerList> runners();
  Result<Bill> bill(const GetBill& ask);
  /// Whether starts and outcomes can be written.
  Result<Nothing> check();

 private:
  Result<Billed> record(const FinishExecution& ask, Admission& admission);
  /// Whether the process before this one may have begun it or given it up, and did.
  Result<bool> is_known(const StartExecution& ask);

  store::File& file_;
  const Clock& clock_;
  Budgets& budgets_;
  const Timestamp opened_at_;
  Starts starts_;
  Admissions admissions_;
  Unrecorded unrecorded_;
  /// One that begins after all must not run, and its start is looked up in the file only once it
  /// has run.
  RecentAttempts lately_lost_{3'600'000'000};  // longer than any request is on its way
  RecentAttempts lately_hung_up_{60'000'000};  // whoever asked finds out about the same time
  std::mutex leases_mutex_;  // held while one is taken: written in the order of the claims
  Leases leases_;
  RunnersHeard heard_;
};

}  // namespace kappa::data
