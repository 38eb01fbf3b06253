// Who waits for a function to print.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>

#include "kappa/types.hpp"

namespace kappa::fn_logs {

/// Thread-safe. Costs those that print one look at a number while nobody waits.
class Waiting {
 public:
  /// One that waits; told of what its function prints from its making on.
  class Place {
   public:
    Place(Waiting& in, const Uuid& fn_id);
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();
    /// Waits until it is told, or until then. Being told means that something is being written: it
    /// is there some moments later.
    bool wait_until(std::chrono::steady_clock::time_point until);

   private:
    friend class Waiting;
    Waiting& in_;
    const Uuid fn_id_;
    bool told_ = false;  ///< guarded by mutex_, as the list
    std::condition_variable wake_;
    std::list<Place*>::iterator at_;
  };

  /// A function is about to have printed something.
  void tell(const Uuid& fn_id);

 private:
  std::atomic<int> count_ = 0;
  std::mutex mutex_;
  std::list<Place*> places_;
};

}  // namespace kappa::fn_logs
