// What is done for loaded functions beside their calls: children forked ahead, those that are not
// needed let go.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "runner/function_cache.hpp"

namespace kappa::runner {

/// Thread-safe; one thread of its own.
class Upkeep {
 public:
  explicit Upkeep(FunctionCache& functions);
  ~Upkeep();
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

  /// Refills it soon; a function that is let go meanwhile is not kept for it.
  void refill(const std::shared_ptr<LoadedFunction>& function);

 private:
  void work();
  void see_to(const std::shared_ptr<LoadedFunction>& function);
  void settle_those_due();

  FunctionCache& functions_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::weak_ptr<LoadedFunction>> wanted_;  // guarded by mutex_
  struct Settling {
    std::chrono::steady_clock::time_point due;
    std::weak_ptr<LoadedFunction> function;
  };
  std::deque<Settling> settling_;  // used by the thread alone
  bool ending_ = false;            // guarded by mutex_
  std::thread thread_;
};

}  // namespace kappa::runner
