// The calls that run now, so that they can be stopped from outside.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <string>

#include "kappa/types.hpp"

namespace kappa::runner {

/// Thread-safe.
class RunningCalls {
 public:
  /// One call, from before it waits for its turn until its outcome is written down.
  class Entry {
   public:
    Entry(RunningCalls& in, const Uuid& exec_id, const Uuid& fn_id);
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry();

    /// The process to kill; it is killed at once when the call was stopped already.
    void run_in(int pidfd);
    /// The process may be used by others from here on.
    void leave_process();
    /// Why the call was stopped; "" when it was not.
    std::string stopped() const;

   private:
    friend class RunningCalls;
    RunningCalls& in_;
    const Uuid exec_id_;
    const Uuid fn_id_;
    int pidfd_ = -1;  // guarded by the set's mutex_, as the next
    std::string stopped_;
    std::list<Entry*>::iterator place_;
  };

  /// Kills a call's process and waits until its outcome is written down. False when it does not run
  /// here.
  bool stop(const Uuid& exec_id, const std::string& why);
  /// Kills all of a function's, and waits until their outcomes and output are written down, so that
  /// what is erased afterwards stays erased.
  void stop_function(const Uuid& fn_id, const std::string& why);

 private:
  static void stop(Entry& entry, const std::string& why);
  std::list<Entry*>::iterator find(const Uuid& exec_id);

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::list<Entry*> entries_;
};

}  // namespace kappa::runner
