// How an execution is written into the ledger, within a transaction.
#pragma once

#include "data/prices.hpp"
#include "kappa/data.hpp"
#include "store/database.hpp"

namespace kappa::data {

/// What an outcome adds to the bill; nothing of use when it is not billed.
struct Billed {
  std::int64_t user_id = 0;
  Timestamp ended_at;
  Use use;
};

/// The part of an execution's row that the bill is made of.
struct BilledRow {
  std::int64_t user_id = 0;
  Uuid fn_id;
  std::string fn_name;
  std::int64_t memory_mb = 0;
};

/// A higher attempt takes the place of one that is open or lost. conflict: the runner's lease is
/// over, or the execution was started before.
Result<Nothing> insert_start(store::Database& db, const StartExecution& ask);
/// A first attempt that has ended, with the bill's line. conflict: as insert_start().
Result<Billed> insert_ended(store::Database& db, const StartExecution& start,
                            const FinishExecution& end);
/// The outcome of one that has its row, and the bill's line. conflict: not the live attempt and
/// lease, or it has an outcome.
Result<Billed> end_started(store::Database& db, const FinishExecution& end);
/// One execution, that failed, is not billed after all.
Result<Nothing> take_back_usage(store::Database& db, const BilledRow& row, Timestamp ended_at,
                                std::int64_t wall_us, const Use& use);

}  // namespace kappa::data
