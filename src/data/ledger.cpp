// Starts, outcomes, leases, and the bill.
#include "data/ledger.hpp"

#include <chrono>

#include "base/random.hpp"

namespace kappa::data {
namespace {

constexpr std::size_t row_bytes = 1024;  // an outcome's detail is one line

bool has_come(const std::shared_future<Result<Nothing>>& answer) {
  return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace

store::Sql bill_query() {
  return "SELECT fn_name, executions FROM usage_total WHERE user_id = ?1 ORDER BY fn_name";
}

Result<Nothing> Ledger::start(const StartExecution& ask) {
  TRY(file_.admit());
  auto hold = TRY(budgets_.admit(ask));
  auto place = TRY(file_.writer().reserve(2 * row_bytes));
  auto start = TRY(starts_.add(ask));
  if (!admissions_.put(ask.exec_id, {std::move(start), std::move(place), std::move(hold)}))
    return Error{Code::conflict, "execution " + to_text(ask.exec_id) + " has begun already"};
  // Not before: whoever gives it up meanwhile must either find it, or be found here.
  if (lately_lost_.has(ask.exec_id, ask.attempt)) {
    admissions_.drop({ask.exec_id});
    return Error{Code::conflict,
                 "execution " + to_text(ask.exec_id) + " was given up as lost before it began"};
  }
  heard_.hear(ask, clock_.now());
  return Nothing{};
}

Result<Nothing> Ledger::finish(const FinishExecution& ask) {
  auto admission = admissions_.take(ask);
  const Billed billed =
      TRY(admission
              ? record(ask, *admission)
              : file_.write([&](store::Database& db) { return end_started(db, ask); }, row_bytes));
  std::optional<Hold> hold;
  if (admission) hold.emplace(std::move(admission->hold));
  budgets_.settle(std::move(hold), billed.user_id, billed.ended_at, billed.use);
  return Nothing{};
}

Result<Billed> Ledger::record(const FinishExecution& ask, Admission& admission) {
  Start& start = *admission.start;
  start.overtaken = true;
  const auto write = [&](store::Database& db) -> Result<Billed> {
    if (start.has_row) return end_started(db, ask);
    // What could not be written at its start is not written at its end either.
    if (has_come(start.written)) TRY(start.written.get());
    if (ask.attempt == 1) return insert_ended(db, start.ask, ask);
    TRY(insert_start(db, start.ask));  // over the row of an earlier attempt, if that has one
    return end_started(db, ask);
  };
  auto recorded = file_.write(write, std::move(admission.place));
  if (recorded) {
    unrecorded_.settle(file_);
    return recorded;
  }
  const Code code = recorded.error().code;
  if (code == Code::unavailable || code == Code::internal) unrecorded_.add(ask);
  // Without its start an outcome has no row; why the start failed is the truer answer.
  TRY(start.written.get());
  return recorded;
}

Result<Lost> Ledger::take_lease(const TakeLease& ask) {
  const auto update = [&](store::Database& db) -> Result<Lost> {
    const Timestamp now = clock_.now();
    TRY(
        db.run("INSERT INTO runner VALUES (?, ?, ?) "
               "ON CONFLICT (runner) DO UPDATE SET lease = excluded.lease, "
               "taken_at = excluded.taken_at",
               {ask.runner, ask.lease, now}));
    TRY(forget_runners(db, now));
    return lose_of_runner(db, ask, now);
  };
  starts_.settle();  // what began before is lost with the rest
  const Lost lost = TRY(file_.write(update, row_bytes));
  admissions_.drop(ask);
  return lost;
}

Result<Nothing> Ledger::lose(const LoseExecution& ask) {
  const Timestamp now = clock_.now();
  lately_lost_.add(ask.exec_id, ask.attempt, now);
  starts_.settle();
  // A file that took nothing for a while may lack the row of one that runs.
  const auto start = admissions_.find(ask.exec_id, ask.attempt);
  const StartExecution* begun = start ? &start->ask : nullptr;
  TRY(file_.write([&](store::Database& db) { return lose_one(db, ask, begun, now); }, row_bytes));
  admissions_.drop({ask.exec_id});
  return Nothing{};
}

Result<Lost> Ledger::lose_overdue(const LoseOverdue& ask) {
  const Timestamp now = clock_.now();
  const auto update = [&](store::Database& db) { return data::lose_overdue(db, ask, now); };
  const Lost lost = TRY(file_.write(update, row_bytes));
  admissions_.drop(lost.exec_ids);
  return lost;
}

Result<RunnerList> Ledger::runners() {
  return file_.read([this](store::Database& db) { return runners_of(db, clock_.now()); });
}

Result<Nothing> Ledger::check() {
  // Writes the first page anew as it is.
  TRY(file_.check([](store::Database& db) { return db.run("PRAGMA user_version = 0"); }));
  unrecorded_.settle(file_);
  return Nothing{};
}

Result<Bill> Ledger::bill(const GetBill& ask) {
  return file_.read([&](store::Database& db) -> Result<Bill> {
    Bill bill;
    auto rows = db.query(bill_query(), {ask.user_id});
    while (TRY(rows.next())) {
      bill.fn.emplace_hint(bill.fn.end(), rows.text(0), rows.integer(1));
      bill.total += rows.integer(1);
    }
    return bill;
  });
}

}  // namespace kappa::data
