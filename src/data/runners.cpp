// `taken_at` is when a runner was last heard of.
#include "data/runners.hpp"

#include "data/losses.hpp"

namespace kappa::data {
namespace {

constexpr std::int64_t hour_us = 3'600'000'000;
constexpr std::int64_t heard_every_us = hour_us;
constexpr std::int64_t listed_us = 24 * hour_us;
constexpr std::int64_t remembered_us = 30 * listed_us;
constexpr std::size_t row_bytes = 256;

}  // namespace

Result<Lost> begin_life(store::Database& db, const TakeLease& ask, Timestamp now) {
  TRY(
      db.run("INSERT INTO runner VALUES (?, ?, ?) ON CONFLICT (runner) DO UPDATE SET "
             "lease = excluded.lease, taken_at = excluded.taken_at",
             {ask.runner, ask.lease, now}));
  TRY(forget_runners(db, now));
  return lose_of_runner(db, ask, now);
}

Result<RunnerList> runners_of(store::Database& db, Timestamp now) {
  RunnerList list;
  auto rows = db.query(
      "SELECT runner FROM runner WHERE taken_at > ? OR runner IN (SELECT runner FROM execution "
      "INDEXED BY execution_open WHERE verdict IS NULL) ORDER BY taken_at DESC",
      {Timestamp{now.us - listed_us}});
  while (TRY(rows.next())) list.runners.emplace_back(rows.text(0));
  return list;
}

Result<Nothing> forget_runners(store::Database& db, Timestamp now) {
  return db.run(
      "DELETE FROM runner WHERE taken_at < ? AND runner NOT IN (SELECT runner FROM execution "
      "INDEXED BY execution_open WHERE verdict IS NULL)",
      {Timestamp{now.us - remembered_us}});
}

void RunnersHeard::hear(const StartExecution& start, Timestamp now) {
  if (!is_news(start.runner, now) || write(start, now)) return;
  const std::scoped_lock lock(mutex_);
  heard_.erase(start.runner);
}

bool RunnersHeard::write(const StartExecution& start, Timestamp now) try {
  const auto update = [&](store::Database& db) {
    return db.run(
        "INSERT INTO runner VALUES (?, ?, ?) ON CONFLICT (runner) DO UPDATE SET "
        "taken_at = excluded.taken_at WHERE lease = excluded.lease",
        {start.runner, start.lease, now});
  };
  return file_.write(update, row_bytes).has_value();
} catch (const std::exception&) {  // the execution has begun, and goes on
  return false;
}

bool RunnersHeard::is_news(const std::string& runner, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  if (heard_.contains(runner) && heard_[runner].us + heard_every_us > now.us) return false;
  std::erase_if(heard_,
                [&](const auto& entry) { return entry.second.us + heard_every_us <= now.us; });
  heard_[runner] = now;
  return true;
}

}  // namespace kappa::data
