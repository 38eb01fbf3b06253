// Forks children ahead after calls, so that no call waits for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "runner/loaded_function.hpp"

namespace kappa::runner {

/// Thread-safe; one thread of its own.
class Refiller {
 public:
  Refiller();
  ~Refiller();
  Refiller(const Refiller&) = delete;
  Refiller& operator=(const Refiller&) = delete;

  /// Refills it soon; a function that is let go meanwhile is not kept for it.
  void want(const std::shared_ptr<LoadedFunction>& function);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::weak_ptr<LoadedFunction>> wanted_;  // guarded by mutex_
  bool ending_ = false;                               // guarded by mutex_
  std::thread thread_;
};

}  // namespace kappa::runner
