// One statement each.
#include "data/losses.hpp"

#include <algorithm>

namespace kappa::data {
namespace {

constexpr std::int64_t most_told = 1000;  // of those that are lost at once: far more than run
const std::string never_began = "no runner began it; nothing was run";

Result<Lost> told(store::Rows rows) {
  Lost lost;
  while (TRY(rows.next())) {
    if (++lost.lost <= most_told) lost.exec_ids.push_back(rows.uuid(0));
  }
  return lost;
}

}  // namespace

Result<Nothing> lose_one(store::Database& db, const Loss& loss) {
  const LoseExecution& ask = loss.ask;
  const StartExecution nobody;
  const StartExecution& start = loss.begun ? *loss.begun : nobody;
  const std::string& why_new = loss.begun ? ask.detail : never_began;
  return db.run(
      "INSERT INTO execution (exec_id, attempt, runner, lease, fn_id, user_id, fn_name, "
      "fn_version, timeout_ms, memory_mb, queued_at, ended_at, verdict, detail) "
      "VALUES (?1, ?9, ?10, ?11, ?2, ?3, ?4, ?5, 0, 0, ?6, ?7, 'runner_lost', ?8) "
      "ON CONFLICT (exec_id) DO UPDATE SET verdict = excluded.verdict, "
      "ended_at = excluded.ended_at, attempt = excluded.attempt, "
      "detail = CASE runner WHEN '' THEN excluded.detail ELSE ?12 END, "
      "runner = CASE runner WHEN '' THEN excluded.runner ELSE runner END "
      "WHERE (verdict IS NULL OR runner = '') AND attempt <= excluded.attempt",
      {ask.exec_id, ask.fn_id, ask.user_id, ask.fn_name.value, ask.fn_version, ask.queued_at,
       loss.at, why_new, ask.attempt, start.runner, start.lease, ask.detail});
}

Result<std::optional<Billed>> lose_hung_up(store::Database& db, const Loss& loss) {
  auto rows = db.query(
      "UPDATE execution SET verdict = 'runner_lost', detail = ? "
      "WHERE exec_id = ? AND attempt = ? AND verdict = 'cancelled' "
      "RETURNING user_id, fn_id, fn_name, memory_mb, ended_at, wall_us, cpu_us",
      {loss.ask.detail, loss.ask.exec_id, loss.ask.attempt});
  if (!TRY(rows.next())) return std::optional<Billed>();
  const BilledRow row{rows.integer(0), rows.uuid(1), std::string(rows.text(2)), rows.integer(3)};
  const Timestamp ended_at = rows.timestamp(4);
  const Use use{1, rows.integer(5) * row.memory_mb, rows.integer(6)};
  TRY(take_back_usage(db, row, ended_at, rows.integer(5), use));
  return std::optional(Billed{row.user_id, ended_at, {-use.calls, -use.mb_us, -use.cpu_us}});
}

Result<Lost> lose_of_runner(store::Database& db, const TakeLease& ask, Timestamp now) {
  return told(
      db.query("UPDATE execution SET verdict = 'runner_lost', ended_at = ?, "
               "detail = 'the runner ended before the function did' "
               "WHERE verdict IS NULL AND runner = ? AND lease <> ? RETURNING exec_id",
               {now, ask.runner, ask.lease}));
}

Result<Lost> lose_overdue(store::Database& db, const LoseOverdue& ask, Timestamp now) {
  return told(db.query(
      "UPDATE execution INDEXED BY execution_open SET verdict = 'runner_lost', ended_at = ?1, "
      "detail = 'its runner said no more of it' "
      "WHERE verdict IS NULL AND queued_at + (timeout_ms + ?2) * 1000 < ?1 RETURNING exec_id",
      {now, ask.grace_ms}));
}

void RecentAttempts::add(const Uuid& exec_id, std::int64_t attempt, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  while (!in_order_.empty() && in_order_.front().first.us + remembered_us_ < now.us) {
    const auto& [at, id] = in_order_.front();
    const auto known = attempts_.find(id);
    if (known != attempts_.end() && known->second.at == at) attempts_.erase(known);
    in_order_.pop_front();
  }
  in_order_.emplace_back(now, exec_id);
  Attempt& known = attempts_[exec_id];
  known = {std::max(known.attempt, attempt), now};
}

bool RecentAttempts::has(const Uuid& exec_id, std::int64_t attempt) const {
  const std::scoped_lock lock(mutex_);
  const auto at = attempts_.find(exec_id);
  return at != attempts_.end() && attempt <= at->second.attempt;
}

}  // namespace kappa::data
