// Starts, outcomes, leases, and the bill.
#include "data/ledger.hpp"

#include <memory>

#include "base/random.hpp"
#include "data/names.hpp"

namespace kappa::data {
namespace {

constexpr std::size_t row_bytes = 1024;  // an outcome's detail is one line
constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;

Error cannot_start(const StartExecution& ask) {
  return {Code::conflict, "execution " + to_text(ask.exec_id) +
                              " cannot start: its runner's lease is over, or it did before"};
}

Result<Nothing> insert_start(store::Database& db, const StartExecution& ask) {
  TRY(db.run(
      "INSERT INTO execution (exec_id, attempt, runner, lease, fn_id, user_id, fn_name, "
      "fn_version, timeout_ms, memory_mb, queued_at, cpu_ms, processes, open_files, file_mb, "
      "scratch_mb, output_bytes, result_bytes) "
      "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18 "
      "WHERE NOT EXISTS (SELECT 1 FROM runner WHERE runner = ?3 AND lease <> ?4) "
      "ON CONFLICT (exec_id) DO UPDATE SET attempt = excluded.attempt, runner = excluded.runner, "
      "lease = excluded.lease, verdict = NULL, detail = NULL, ended_at = NULL "
      "WHERE excluded.attempt > attempt AND (verdict IS NULL OR verdict = 'runner_lost')",
      {ask.exec_id, ask.attempt, ask.runner, ask.lease, ask.fn_id, ask.user_id, ask.fn_name.value,
       ask.fn_version, ask.limits.timeout_ms, ask.limits.memory_mb, ask.queued_at,
       ask.limits.cpu_ms, ask.limits.processes, ask.limits.open_files, ask.limits.file_mb,
       ask.limits.scratch_mb, ask.limits.output_bytes, ask.limits.result_bytes}));
  if (db.changes() == 1) return Nothing{};
  return cannot_start(ask);
}

/// A first attempt's start and outcome in one row.
Result<Nothing> insert_whole(store::Database& db, const StartExecution& start,
                             const FinishExecution& end) {
  TRY(db.run(
      "INSERT INTO execution (exec_id, attempt, runner, lease, fn_id, user_id, fn_name, "
      "fn_version, timeout_ms, memory_mb, queued_at, cpu_ms, processes, open_files, file_mb, "
      "scratch_mb, output_bytes, result_bytes, verdict, detail, started_at, ended_at, wall_us, "
      "queued_us, start_us, cpu_us, peak_memory_kb, output_cut) "
      "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
      "?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28 "
      "WHERE NOT EXISTS (SELECT 1 FROM runner WHERE runner = ?3 AND lease <> ?4) "
      "ON CONFLICT DO NOTHING",
      {start.exec_id,
       start.attempt,
       start.runner,
       start.lease,
       start.fn_id,
       start.user_id,
       start.fn_name.value,
       start.fn_version,
       start.limits.timeout_ms,
       start.limits.memory_mb,
       start.queued_at,
       start.limits.cpu_ms,
       start.limits.processes,
       start.limits.open_files,
       start.limits.file_mb,
       start.limits.scratch_mb,
       start.limits.output_bytes,
       start.limits.result_bytes,
       name_of(end.verdict),
       end.detail,
       end.started_at,
       end.ended_at,
       end.wall_us,
       end.queued_us,
       end.start_us,
       end.cpu_us,
       end.peak_memory_kb,
       std::int64_t{end.output_cut}}));
  if (db.changes() == 1) return Nothing{};
  return cannot_start(start);
}

/// The part of an execution's row that the bill is made of.
struct Billed {
  std::int64_t user_id = 0;
  Uuid fn_id;
  std::string fn_name;
  std::int64_t memory_mb = 0;
};

Result<Billed> update_outcome(store::Database& db, const FinishExecution& ask) {
  auto rows = db.query(
      "UPDATE execution SET verdict = ?, detail = ?, started_at = ?, ended_at = ?, wall_us = ?, "
      "queued_us = ?, start_us = ?, cpu_us = ?, peak_memory_kb = ?, output_cut = ? "
      "WHERE exec_id = ? AND attempt = ? AND lease = ? AND verdict IS NULL "
      "RETURNING user_id, fn_id, fn_name, memory_mb",
      {name_of(ask.verdict), ask.detail, ask.started_at, ask.ended_at, ask.wall_us, ask.queued_us,
       ask.start_us, ask.cpu_us, ask.peak_memory_kb, std::int64_t{ask.output_cut}, ask.exec_id,
       ask.attempt, ask.lease});
  if (TRY(rows.next()))
    return Billed{rows.integer(0), rows.uuid(1), std::string(rows.text(2)), rows.integer(3)};
  return Error{Code::conflict, "execution " + to_text(ask.exec_id) +
                                   " has its outcome, or this is not its live attempt and lease"};
}

Billed billed_of(const StartExecution& start) {
  return {start.user_id, start.fn_id, start.fn_name.value, start.limits.memory_mb};
}

/// The bill's line; a lost runner's executions have none.
Result<Nothing> add_usage(store::Database& db, const Billed& billed, const FinishExecution& ask) {
  if (ask.verdict == Verdict::runner_lost) return Nothing{};
  return db.run(
      "INSERT INTO usage VALUES (?, ?, ?, ?, 1, ?, ?) "
      "ON CONFLICT (user_id, fn_id, day) DO UPDATE SET executions = executions + 1, "
      "wall_us = wall_us + excluded.wall_us, mb_us = mb_us + excluded.mb_us",
      {billed.user_id, billed.fn_id, ask.ended_at.us / day_us, billed.fn_name, ask.wall_us,
       ask.wall_us * billed.memory_mb});
}

/// The outcome of an execution that has its row.
Result<Nothing> record_outcome(store::Database& db, const FinishExecution& ask) {
  return add_usage(db, TRY(update_outcome(db, ask)), ask);
}

}  // namespace

Result<Nothing> Ledger::start(const StartExecution& ask) {
  store::Writer& writer = file_.writer();
  auto place = TRY(writer.reserve(row_bytes));
  auto outcome_place = TRY(writer.reserve(row_bytes));
  const auto start = std::make_shared<Start>(ask);
  auto started = writer.submit(
      [start](store::Database& db) -> Result<Nothing> {
        start->left_out = start->overtaken;
        if (start->left_out) return Nothing{};
        return insert_start(db, start->ask);
      },
      std::move(place), store::Afterwards::nothing, store::Haste::soon);
  // While the file takes nothing, the row is waited for: what could not be recorded must not run.
  if (writer.failing()) TRY(started.get());
  admissions_.put(ask.exec_id, {start, std::move(outcome_place), std::move(started)});
  return Nothing{};
}

Result<Nothing> Ledger::finish(const FinishExecution& ask) {
  auto admission = admissions_.take(ask);
  if (!admission) {
    return file_.write([&](store::Database& db) { return record_outcome(db, ask); }, row_bytes);
  }
  auto recorded = record(ask, *admission);
  // Without its start an outcome has no row; why the start failed is the truer answer.
  if (!recorded && admission->started.valid()) TRY(admission->started.get());
  return recorded;
}

Result<Nothing> Ledger::record(const FinishExecution& ask, Admission& admission) {
  Start& start = *admission.start;
  // A later attempt's row is there already, with what its first one had.
  start.overtaken = ask.attempt == 1;
  const auto write = [&](store::Database& db) -> Result<Nothing> {
    if (!start.left_out) return record_outcome(db, ask);
    TRY(insert_whole(db, start.ask, ask));
    return add_usage(db, billed_of(start.ask), ask);
  };
  return file_.write(write, std::move(admission.place));
}

Result<Lost> Ledger::take_lease(const TakeLease& ask) {
  const auto update = [&](store::Database& db) -> Result<Lost> {
    const Timestamp now = clock_.now();
    TRY(
        db.run("INSERT INTO runner VALUES (?, ?, ?) "
               "ON CONFLICT (runner) DO UPDATE SET lease = excluded.lease, "
               "taken_at = excluded.taken_at",
               {ask.runner, ask.lease, now}));
    TRY(
        db.run("UPDATE execution SET verdict = 'runner_lost', ended_at = ?, "
               "detail = 'the runner ended before the function did' "
               "WHERE verdict IS NULL AND runner = ? AND lease <> ?",
               {now, ask.runner, ask.lease}));
    return Lost{db.changes()};
  };
  const Lost lost = TRY(file_.write(update, row_bytes));
  admissions_.drop(ask);
  return lost;
}

Result<Bill> Ledger::bill(const GetBill& ask) {
  return file_.read([&](store::Database& db) -> Result<Bill> {
    Bill bill;
    auto rows =
        db.query("SELECT fn_name, SUM(executions) FROM usage WHERE user_id = ? GROUP BY fn_name",
                 {ask.user_id});
    while (TRY(rows.next())) {
      bill.fn[std::string(rows.text(0))] = rows.integer(1);
      bill.total += rows.integer(1);
    }
    return bill;
  });
}

}  // namespace kappa::data
