// Three statements, and the bill's.
#include "data/execution_rows.hpp"

#include "base/random.hpp"
#include "data/months.hpp"
#include "data/names.hpp"

namespace kappa::data {
namespace {

Error cannot_start(const StartExecution& ask) {
  return {Code::conflict, "execution " + to_text(ask.exec_id) +
                              " cannot start: it did before, or another life of its runner, or "
                              "another runner of the same name, has begun"};
}

store::Value value_of_optional(const std::optional<Uuid>& id) {
  return id ? store::Value(*id) : std::nullopt;
}

/// The bill's line of the day, and that of all time; a lost runner's executions have none.
Result<Billed> add_usage(store::Database& db, const BilledRow& row, const FinishExecution& ask) {
  if (ask.verdict == Verdict::runner_lost) return Billed{row.user_id, ask.ended_at, {}};
  const Use use{1, ask.wall_us * row.memory_mb, ask.cpu_us};
  TRY(
      db.run("INSERT INTO usage (user_id, fn_id, day, fn_name, executions, wall_us, mb_us, errors, "
             "cpu_us) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?) "
             "ON CONFLICT (user_id, fn_id, day) DO UPDATE SET executions = executions + 1, "
             "wall_us = wall_us + excluded.wall_us, mb_us = mb_us + excluded.mb_us, "
             "errors = errors + excluded.errors, cpu_us = cpu_us + excluded.cpu_us",
             {row.user_id, row.fn_id, day_of(ask.ended_at), row.fn_name, ask.wall_us, use.mb_us,
              std::int64_t{ask.verdict != Verdict::ok}, use.cpu_us}));
  TRY(
      db.run("INSERT INTO usage_total VALUES (?, ?, 1) "
             "ON CONFLICT (user_id, fn_name) DO UPDATE SET executions = executions + 1",
             {row.user_id, row.fn_name}));
  return Billed{row.user_id, ask.ended_at, use};
}

Result<BilledRow> update_outcome(store::Database& db, const FinishExecution& ask) {
  auto rows = db.query(
      "UPDATE execution SET verdict = ?, detail = ?, started_at = ?, ended_at = ?, wall_us = ?, "
      "queued_us = ?, start_us = ?, cpu_us = ?, peak_memory_kb = ?, output_cut = ? "
      "WHERE exec_id = ? AND attempt = ? AND lease = ? AND verdict IS NULL "
      "RETURNING user_id, fn_id, fn_name, memory_mb",
      {name_of(ask.verdict), ask.detail, ask.started_at, ask.ended_at, ask.wall_us, ask.queued_us,
       ask.start_us, ask.cpu_us, ask.peak_memory_kb, std::int64_t{ask.output_cut}, ask.exec_id,
       ask.attempt, ask.lease});
  if (TRY(rows.next()))
    return BilledRow{rows.integer(0), rows.uuid(1), std::string(rows.text(2)), rows.integer(3)};
  return Error{Code::conflict, "execution " + to_text(ask.exec_id) +
                                   " has its outcome, or this is not its live attempt and lease"};
}

}  // namespace

Result<Nothing> insert_start(store::Database& db, const StartExecution& ask) {
  TRY(db.run(
      "INSERT INTO execution (exec_id, attempt, runner, lease, fn_id, user_id, fn_name, "
      "fn_version, timeout_ms, memory_mb, queued_at, cpu_ms, processes, open_files, file_mb, "
      "scratch_mb, output_bytes, result_bytes, replay_of) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
      "?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19 "
      "WHERE NOT EXISTS (SELECT 1 FROM runner WHERE runner = ?3 AND lease <> ?4) "
      "ON CONFLICT (exec_id) DO UPDATE SET attempt = excluded.attempt, runner = excluded.runner, "
      "lease = excluded.lease, verdict = NULL, detail = NULL, ended_at = NULL, "
      "timeout_ms = excluded.timeout_ms, memory_mb = excluded.memory_mb, "
      "queued_at = excluded.queued_at, cpu_ms = excluded.cpu_ms, processes = excluded.processes, "
      "open_files = excluded.open_files, file_mb = excluded.file_mb, "
      "scratch_mb = excluded.scratch_mb, output_bytes = excluded.output_bytes, "
      "result_bytes = excluded.result_bytes, replay_of = excluded.replay_of "
      "WHERE excluded.attempt > attempt AND (verdict IS NULL OR verdict = 'runner_lost')",
      {ask.exec_id, ask.attempt, ask.runner, ask.lease, ask.fn_id, ask.user_id, ask.fn_name.value,
       ask.fn_version, ask.limits.timeout_ms, ask.limits.memory_mb, ask.queued_at,
       ask.limits.cpu_ms, ask.limits.processes, ask.limits.open_files, ask.limits.file_mb,
       ask.limits.scratch_mb, ask.limits.output_bytes, ask.limits.result_bytes,
       value_of_optional(ask.replay_of)}));
  if (db.changes() == 1) return Nothing{};
  return cannot_start(ask);
}

Result<Billed> insert_ended(store::Database& db, const StartExecution& start,
                            const FinishExecution& end) {
  // Apart from the INSERT, which as a SELECT would be one of many rows that SQLite must be able to
  // undo alone: it would copy every page.
  auto over =
      db.query("SELECT 1 FROM runner WHERE runner = ? AND lease <> ?", {start.runner, start.lease});
  if (TRY(over.next())) return cannot_start(start);
  TRY(db.run(
      "INSERT INTO execution (exec_id, attempt, runner, lease, fn_id, user_id, fn_name, "
      "fn_version, timeout_ms, memory_mb, queued_at, cpu_ms, processes, open_files, file_mb, "
      "scratch_mb, output_bytes, result_bytes, verdict, detail, started_at, ended_at, wall_us, "
      "queued_us, start_us, cpu_us, peak_memory_kb, output_cut, replay_of) VALUES (?, ?, ?, ?, ?, "
      "?, "
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
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
       std::int64_t{end.output_cut},
       value_of_optional(start.replay_of)}));
  if (db.changes() != 1) return cannot_start(start);
  const BilledRow row{start.user_id, start.fn_id, start.fn_name.value, start.limits.memory_mb};
  return add_usage(db, row, end);
}

Result<Nothing> take_back_usage(store::Database& db, const BilledRow& row, Timestamp ended_at,
                                std::int64_t wall_us, const Use& use) {
  TRY(
      db.run("UPDATE usage SET executions = executions - ?, wall_us = wall_us - ?, "
             "mb_us = mb_us - ?, errors = errors - ?, cpu_us = cpu_us - ? "
             "WHERE user_id = ? AND fn_id = ? AND day = ?",
             {use.calls, wall_us, use.mb_us, use.calls, use.cpu_us, row.user_id, row.fn_id,
              day_of(ended_at)}));
  TRY(db.run("DELETE FROM usage WHERE user_id = ? AND fn_id = ? AND day = ? AND executions = 0",
             {row.user_id, row.fn_id, day_of(ended_at)}));
  TRY(
      db.run("UPDATE usage_total SET executions = executions - ? "
             "WHERE user_id = ? AND fn_name = ?",
             {use.calls, row.user_id, row.fn_name}));
  return db.run("DELETE FROM usage_total WHERE user_id = ? AND fn_name = ? AND executions = 0",
                {row.user_id, row.fn_name});
}

Result<Billed> end_started(store::Database& db, const FinishExecution& end) {
  return add_usage(db, TRY(update_outcome(db, end)), end);
}

}  // namespace kappa::data
