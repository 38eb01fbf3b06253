// How long what functions printed is kept, and how much of it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

#include "fn_logs/days.hpp"
#include "fn_logs/fn_logs.hpp"

namespace kappa::fn_logs {

/// A thread that forgets: days that are too old, by removing their files; of users who have more
/// than they may, the oldest rows, a few at a time, so that no append waits for long. Thread-safe.
class Retention {
 public:
  Retention(Days& days, const RetentionOptions& options, const Clock& clock);
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  /// A row of so many bytes is written for a user.
  void add(std::int64_t user_id, std::int64_t bytes);

 private:
  using Totals = std::map<std::int64_t, std::int64_t>;  ///< bytes by user

  void work();
  Result<Nothing> look();
  void forget_old();
  Result<Totals> total();
  Result<Nothing> trim(std::int64_t user_id, std::int64_t excess);
  Result<std::int64_t> trim_day(Day day, std::int64_t user_id, std::int64_t excess);
  bool over(std::int64_t bytes) const { return bytes > options_.user_bytes; }
  bool ending();

  Days& days_;
  const RetentionOptions options_;
  const Clock& clock_;
  bool near_ = false;             ///< somebody has nearly all that is his; the thread's alone
  std::map<Day, Totals> by_day_;  ///< the thread's alone; of days that nobody writes to any more
  std::mutex mutex_;
  std::condition_variable wake_;
  Totals totals_;  ///< guarded by mutex_, as the rest
  bool exceeded_ = false;
  bool ending_ = false;
  std::thread thread_;
};

/// What a row takes beside its pieces, its places in the indexes included.
constexpr std::int64_t row_overhead = 160;

}  // namespace kappa::fn_logs
