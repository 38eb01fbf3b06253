// Executions that have ended without this having been written.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

#include "data/losses.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// A file that takes no writes refuses outcomes and losses too, and whoever called was told so.
/// They are recorded as runner_lost as soon as it takes writes again: an execution that has ended
/// must not be shown as running. Bounded by how many calls there are while it takes none: new ones
/// are refused, but for those that no runner answers. Thread-safe.
class Unrecorded {
 public:
  void add(const Loss& loss);
  /// An execution's outcome could not be written.
  void add(const StartExecution& start, const FinishExecution& end);
  /// Who began one of these with this attempt or an earlier one.
  std::optional<StartExecution> find(const Uuid& exec_id, std::int64_t attempt) const;
  /// To be called when a write has succeeded. What cannot be written yet waits for the next time.
  void settle(store::File& file);

 private:
  std::atomic<bool> any_ = false;
  mutable std::mutex mutex_;
  std::map<Uuid, Loss> waiting_;  ///< guarded by mutex_
};

}  // namespace kappa::data
