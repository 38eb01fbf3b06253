// How long what functions printed, were given and gave back is kept, and how much of it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "fn_logs/days.hpp"
#include "fn_logs/fn_logs.hpp"
#include "fn_logs/user_bytes.hpp"

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
  /// Rows of a day were erased: what is known of it is not so any more.
  void erased(Day day);

 private:
  void work();
  Result<Nothing> look();
  void forget_old();
  Result<Totals> total();
  Result<Nothing> trim(std::int64_t user_id, std::int64_t excess);
  Result<std::int64_t> trim_day(store::File& file, std::int64_t user_id, std::int64_t excess);
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
  std::set<Day> erased_;
  bool exceeded_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace kappa::fn_logs
