// Executions that have ended without their outcome having been written.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// A file that takes no writes refuses outcomes too, and whoever called was told so. Their rows, if
/// they have some, are closed as runner_lost as soon as it takes writes again: an execution that
/// has ended must not be shown as running. Bounded by how many run at once, since none is admitted
/// meanwhile. Thread-safe.
class Unrecorded {
 public:
  void add(const FinishExecution& ask);
  /// To be called when a write has succeeded. What cannot be closed yet waits for the next time.
  void settle(store::File& file);

 private:
  std::atomic<bool> any_ = false;
  std::mutex mutex_;
  std::vector<FinishExecution> waiting_;  ///< guarded by mutex_
};

}  // namespace kappa::data
