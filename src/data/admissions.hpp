// Executions admitted and not yet ended: the room kept for their outcomes.
#pragma once

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "kappa/data.hpp"
#include "store/room.hpp"

namespace kappa::data {

/// A start on its way to its row. Its job in the writer's queue holds it too, and may be the last
/// to do so.
struct Start {
  explicit Start(StartExecution ask_) : ask(std::move(ask_)) {}
  const StartExecution ask;
  std::atomic<bool> overtaken = false;  ///< the outcome is behind it in the queue
  /// The outcome writes the whole row. The writer's thread alone looks at this.
  bool left_out = false;
};

/// What an execution's start leaves for its outcome.
struct Admission {
  std::shared_ptr<Start> start;
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
