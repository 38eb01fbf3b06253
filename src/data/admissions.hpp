// Executions admitted and not yet ended: the room kept for their outcomes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "data/budgets.hpp"
#include "data/starts.hpp"
#include "store/room.hpp"

namespace kappa::data {

/// What an execution's start leaves for its outcome.
struct Admission {
  std::shared_ptr<Start> start;
  store::Place place;  ///< so that the outcome is never refused for want of room
  Hold hold;           ///< of the user's budget
};

/// Thread-safe. Bounded by the room it holds places of.
class Admissions {
 public:
  /// Replaces what an earlier attempt left. False: this attempt or a later one is there.
  bool put(const Uuid& exec_id, Admission admission);
  /// Nothing when this attempt and lease were not admitted here, or have been taken. It can be
  /// found until end().
  std::optional<Admission> take(const FinishExecution& ask);
  /// The outcome of what was taken is written down, or put by.
  void end(const FinishExecution& ask);
  /// What was admitted of an execution, with this attempt or an earlier one, and has not ended.
  std::shared_ptr<Start> find(const Uuid& exec_id, std::int64_t attempt);
  /// Gives up what earlier lives of a runner left.
  void drop(const TakeLease& ask);
  void drop(const std::vector<Uuid>& exec_ids);
  /// Of this attempt or an earlier one.
  void drop(const Uuid& exec_id, std::int64_t attempt);

 private:
  struct Open {
    std::shared_ptr<Start> start;
    std::optional<Admission> admission;  ///< until its outcome comes
  };

  std::mutex mutex_;
  std::map<Uuid, Open> open_;  ///< guarded by mutex_
};

}  // namespace kappa::data
