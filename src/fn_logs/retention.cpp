// Looks at what is there every minute, and as soon as somebody has too much.
#include "fn_logs/retention.hpp"

#include <chrono>
#include <exception>
#include <type_traits>
#include <utility>

#include "base/log.hpp"
#include "fn_logs/slices.hpp"
#include "store/failure.hpp"

namespace kappa::fn_logs {
namespace {

constexpr std::chrono::seconds look_every{60};
// While somebody is near the limit: rows that are written while others are counted are missed.
constexpr std::chrono::seconds look_closer_every{1};
constexpr std::int64_t near_percent = 90;
constexpr std::int64_t room_percent = 5;  // made at once, so that it is not made row by row

/// What the work gives; nothing where the day's file is damaged or no file of logs at all, so that
/// the other days are forgotten all the same.
template <typename Work>
auto at_day(Days& days, Day day, const Work& work) {
  using Done = std::invoke_result_t<Work, store::File&>;
  const auto done = [&]() -> Done {
    try {
      const auto file = TRY(days.open(day));
      return work(*file);
    } catch (const store::DiskLost&) {
      throw;  // ends the server
    } catch (const std::exception& error) {
      return Error{Code::internal, error.what()};
    }
  }();
  if (!done)
    log::warning("logs of a day not forgotten", {{"day", day}, {"reason", done.error().detail}});
  return done ? *done : typename Done::value_type{};
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

void Retention::erased(Day day) {
  const std::lock_guard lock(mutex_);
  erased_.insert(day);
}

void Retention::work() {
  while (!ending()) {
    if (const auto looked = look(); !looked)
      log::warning("logs not forgotten", {{"reason", looked.error().detail}});
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, near_ ? look_closer_every : look_every,
                   [this] { return ending_ || exceeded_; });
    near_ = std::exchange(exceeded_, false);  // some of what he has may not be written yet
  }
}

Result<Nothing> Retention::look() {
  forget_old();
  const Totals totals = TRY(total());
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
Result<Totals> Retention::total() {
  {
    const std::lock_guard lock(mutex_);
    totals_.clear();
    for (const Day day : std::exchange(erased_, {})) by_day_.erase(day);
  }
  Totals all;
  const Day today = day_of(clock_.now());
  for (const Day day : TRY(days_.list())) {
    auto known = by_day_.find(day);
    if (known == by_day_.end()) {
      auto found = at_day(days_, day, [](store::File& file) { return file.read(read_totals); });
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
    freed += at_day(days_, *day,
                    [&](store::File& file) { return trim_day(file, user_id, excess - freed); });
  }
  {
    const std::lock_guard lock(mutex_);
    totals_[user_id] -= freed;
  }
  log::debug("logs forgotten", {{"user_id", user_id}, {"bytes", freed}});
  return Nothing{};
}

Result<std::int64_t> Retention::trim_day(store::File& file, std::int64_t user_id,
                                         std::int64_t excess) {
  std::int64_t freed = 0;
  std::int64_t from = 0;
  while (freed < excess && !ending()) {
    const Slice slice = TRY(file.read(
        [&](store::Database& db) { return oldest_of_user(db, user_id, excess - freed, from); }));
    if (slice.empty()) break;
    TRY(file.write([&](store::Database& db) { return erase(db, slice); }));
    freed += slice.bytes;
  }
  return freed;
}

}  // namespace kappa::fn_logs
