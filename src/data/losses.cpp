// One statement each.
#include "data/losses.hpp"

namespace kappa::data {
namespace {

constexpr std::int64_t most_told = 1000;  // of those that are lost at once: far more than run
constexpr std::int64_t remembered_us = 3'600'000'000;  // longer than any request is on its way

Result<Lost> told(store::Rows rows) {
  Lost lost;
  while (TRY(rows.next())) {
    if (++lost.lost <= most_told) lost.exec_ids.push_back(rows.uuid(0));
  }
  return lost;
}

}  // namespace

Result<Nothing> lose_one(store::Database& db, const LoseExecution& ask, const StartExecution* begun,
                         Timestamp now) {
  const StartExecution nobody;
  const StartExecution& start = begun != nullptr ? *begun : nobody;
  return db.run(
      "INSERT INTO execution (exec_id, attempt, runner, lease, fn_id, user_id, fn_name, "
      "fn_version, timeout_ms, memory_mb, queued_at, ended_at, verdict, detail) "
      "VALUES (?1, ?9, ?10, ?11, ?2, ?3, ?4, ?5, 0, 0, ?6, ?7, 'runner_lost', ?8) "
      "ON CONFLICT (exec_id) DO UPDATE SET verdict = excluded.verdict, "
      "ended_at = excluded.ended_at, detail = excluded.detail, "
      "attempt = max(attempt, excluded.attempt), "
      "runner = CASE runner WHEN '' THEN excluded.runner ELSE runner END "
      "WHERE verdict IS NULL OR runner = ''",
      {ask.exec_id, ask.fn_id, ask.user_id, ask.fn_name.value, ask.fn_version, ask.queued_at, now,
       ask.detail, ask.attempt, start.runner, start.lease});
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

void LatelyLost::add(const Uuid& exec_id, std::int64_t attempt, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(lost_,
                [&](const auto& entry) { return entry.second.at.us + remembered_us < now.us; });
  lost_[exec_id] = {attempt, now};
}

bool LatelyLost::has(const Uuid& exec_id, std::int64_t attempt) const {
  const std::scoped_lock lock(mutex_);
  const auto at = lost_.find(exec_id);
  return at != lost_.end() && attempt <= at->second.attempt;
}

}  // namespace kappa::data
