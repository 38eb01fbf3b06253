// Which runners there are: names come and go with the machines, or containers, that have them.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// Writes a lease down, and what earlier ones left open as lost.
Result<Lost> begin_life(store::Database& db, const TakeLease& ask, Timestamp now);
/// Those that have begun their life or an execution within a day, or have one open: no other has
/// anything of a function. The one heard of last first.
Result<RunnerList> runners_of(store::Database& db, Timestamp now);
/// Takes the rows of those away that have not been heard of for a month.
Result<Nothing> forget_runners(store::Database& db, Timestamp now);

/// Writes down, once an hour, that a runner is still there, also one that the file lacks: that may
/// have come from a backup. Thread-safe.
class RunnersHeard {
 public:
  explicit RunnersHeard(store::File& file) : file_(file) {}

  /// It has begun an execution. What cannot be written now is written later.
  void hear(const StartExecution& start, Timestamp now);

 private:
  bool write(const StartExecution& start, Timestamp now);
  bool is_news(const std::string& runner, Timestamp now);

  store::File& file_;
  std::mutex mutex_;
  std::map<std::string, Timestamp> heard_;  // guarded by mutex_; those of the last hour
};

}  // namespace kappa::data
