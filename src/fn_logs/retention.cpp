// The ids of a slice are read beside the writer, which then deletes those alone.
#include "fn_logs/retention.hpp"

#include <chrono>

#include "base/log.hpp"

namespace kappa::fn_logs {
namespace {

constexpr std::chrono::seconds look_every{60};
// While somebody is near the limit: rows that are written while others are counted are missed.
constexpr std::chrono::seconds look_closer_every{1};
constexpr std::int64_t near_percent = 90;
constexpr std::int64_t slice_rows = 2'000;     // deleted in about 3 ms
constexpr std::int64_t slice_bytes = 4 << 20;  // overwritten with zeros in about 5 ms
constexpr std::int64_t room_percent = 5;       // made at once, so that it is not made row by row

struct Slice {
  std::vector<std::int64_t> output_ids;
  std::int64_t bytes = 0;
};

/// The oldest of a user's rows in a file, from `from` on. Never the file's newest, so that no id is
/// given twice.
Result<Slice> read_slice(store::Database& db, std::int64_t user_id, std::int64_t from,
                         std::int64_t excess) {
  Slice slice;
  auto rows = db.query(
      "SELECT output_id, length(pieces) FROM output WHERE output_id >= ? AND user_id = ? "
      "AND output_id < (SELECT max(output_id) FROM output) ORDER BY output_id LIMIT ?",
      {from, user_id, slice_rows});
  while (slice.bytes < std::min(excess, slice_bytes) && TRY(rows.next())) {
    slice.output_ids.push_back(rows.integer(0));
    slice.bytes += rows.integer(1) + row_overhead;
  }
  return slice;
}

Result<Nothing> erase_slice(store::Database& db, std::int64_t user_id, const Slice& slice) {
  for (const std::int64_t output_id : slice.output_ids)
    TRY(db.run("DELETE FROM output WHERE output_id = ?", {output_id}));
  return db.run("UPDATE user_bytes SET bytes = max(0, bytes - ?) WHERE user_id = ?",
                {slice.bytes, user_id});
}

Result<std::map<std::int64_t, std::int64_t>> read_totals(store::Database& db) {
  std::map<std::int64_t, std::int64_t> found;
  auto rows = db.query("SELECT user_id, bytes FROM user_bytes");
  while (TRY(rows.next())) found[rows.integer(0)] = rows.integer(1);
  return found;
}

}  // namespace

Retention::Retention(Days& days, const RetentionOptions& options, const Clock& clock)
    : days_(days), options_(options), clock_(clock), thread_([this] { work(); }) {}

Retention::~Retention() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Retention::add(std::int64_t user_id, std::int64_t bytes) {
  if (user_id == 0) return;
  const std::lock_guard lock(mutex_);
  if (!over(totals_[user_id] += bytes) || exceeded_) return;
  exceeded_ = true;
  wake_.notify_one();
}

bool Retention::ending() {
  const std::lock_guard lock(mutex_);
  return ending_;
}

void Retention::work() {
  while (!ending()) {
    if (const auto looked = look(); !looked)
      log::warning("logs not forgotten", {{"reason", looked.error().detail}});
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, near_ ? look_closer_every : look_every,
                   [this] { return ending_ || exceeded_; });
    exceeded_ = false;
  }
}

Result<Nothing> Retention::look() {
  forget_old();
  const Totals totals = TRY(total());
  near_ = false;
  for (const auto& [user_id, bytes] : totals) {
    near_ = near_ || bytes > options_.user_bytes / 100 * near_percent;
    if (over(bytes))
      TRY(trim(user_id, bytes - options_.user_bytes + options_.user_bytes / 100 * room_percent));
  }
  return Nothing{};
}

void Retention::forget_old() {
  const auto days = days_.list();
  if (!days) return;
  const Day oldest = day_of(clock_.now()) - options_.keep_days;
  for (const Day day : *days) {
    if (day >= oldest || !days_.remove(day)) continue;
    by_day_.erase(day);
    log::info("logs forgotten", {{"days_old", day_of(clock_.now()) - day}});
  }
}

/// What each user has now, by the files; what is added meanwhile may count twice until the next
/// time.
Result<Retention::Totals> Retention::total() {
  {
    const std::lock_guard lock(mutex_);
    totals_.clear();
  }
  Totals all;
  const Day today = day_of(clock_.now());
  for (const Day day : TRY(days_.list())) {
    auto known = by_day_.find(day);
    if (known == by_day_.end()) {
      auto file = TRY(days_.open(day));
      auto found = TRY(file->read(read_totals));
      known = by_day_.emplace(day, std::move(found)).first;
    }
    for (const auto& [user_id, bytes] : known->second) all[user_id] += bytes;
    if (day >= today - 1) by_day_.erase(known);
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [user_id, bytes] : all) totals_[user_id] += bytes;
  return all;
}

Result<Nothing> Retention::trim(std::int64_t user_id, std::int64_t excess) {
  auto days = TRY(days_.list());
  std::int64_t freed = 0;
  for (auto day = days.rbegin(); day != days.rend() && freed < excess && !ending(); ++day) {
    by_day_.erase(*day);
    freed += TRY(trim_day(*day, user_id, excess - freed));
  }
  {
    const std::lock_guard lock(mutex_);
    totals_[user_id] -= freed;
  }
  log::debug("logs forgotten", {{"user_id", user_id}, {"bytes", freed}});
  return Nothing{};
}

Result<std::int64_t> Retention::trim_day(Day day, std::int64_t user_id, std::int64_t excess) {
  auto file = TRY(days_.open(day));
  std::int64_t freed = 0;
  std::int64_t from = 0;
  while (freed < excess && !ending()) {
    const Slice slice = TRY(file->read(
        [&](store::Database& db) { return read_slice(db, user_id, from, excess - freed); }));
    if (slice.output_ids.empty()) break;
    TRY(file->write([&](store::Database& db) { return erase_slice(db, user_id, slice); }));
    from = slice.output_ids.back() + 1;
    freed += slice.bytes;
  }
  return freed;
}

}  // namespace kappa::fn_logs
