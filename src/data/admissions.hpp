// Executions admitted and not yet ended: the room kept for their outcomes.
#pragma once

#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "kappa/data.hpp"
#include "store/room.hpp"

namespace kappa::data {

/// What an execution's start leaves for its outcome.
struct Admission {
  std::int64_t attempt = 1;
  std::string runner;
  Uuid lease;
  store::Place place;  ///< so that the outcome is never refused for want of room
  std::future<Result<Nothing>>
      started;  ///< the start's row; not valid once it is known to be there
};

/// Thread-safe. Bounded by the room it holds places of.
class Admissions {
 public:
  /// Replaces what an earlier attempt left.
  void put(const Uuid& exec_id, Admission admission);
  /// Nothing when this attempt and lease were not admitted here, or have been taken.
  std::optional<Admission> take(const FinishExecution& ask);
  /// Gives up what earlier lives of a runner left.
  void drop(const TakeLease& ask);

 private:
  std::mutex mutex_;
  std::map<Uuid, Admission> open_;  ///< guarded by mutex_
};

}  // namespace kappa::data
