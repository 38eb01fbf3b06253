// How many calls run at a time; the others wait their turn, and no longer queue than is useful is
// kept.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "kappa/types.hpp"

namespace kappa::runner {

/// Whose call it is, and how many of its function may run at a time.
struct Claim {
  std::int64_t user_id = 0;
  Uuid fn_id;
  std::int64_t concurrency = 0;
};

/// Thread-safe. A function's calls go first come, first served; users take turns, so that nobody
/// waits for all that another has asked for.
class CallSlots {
 public:
  explicit CallSlots(std::int64_t slots) : slots_(slots) {}

  /// Held while a call runs.
  class Slot {
   public:
    Slot(CallSlots& of, const Uuid& fn_id) : of_(&of), fn_id_(fn_id) {}
    Slot(Slot&& other) noexcept : of_(std::exchange(other.of_, nullptr)), fn_id_(other.fn_id_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (of_ != nullptr) of_->give_back(fn_id_);
    }

   private:
    CallSlots* of_;
    Uuid fn_id_;
  };

  /// A slot; nothing when four times as many of this user's calls as there are slots wait already,
  /// when none is free in time, or when `given_up` says that nobody waits for it any more (asked
  /// some times a second).
  std::optional<Slot> take(const Claim& claim, std::chrono::steady_clock::time_point deadline,
                           const std::function<bool()>& given_up);
  std::int64_t taken() const;

 private:
  struct Waiter {
    Claim claim;
    bool granted = false;
    std::condition_variable turn;
  };
  using Queue = std::list<Waiter*>;

  void give_back(const Uuid& fn_id);
  void grant();
  bool grant_one();
  void forget(Waiter& waiter);

  const std::int64_t slots_;
  mutable std::mutex mutex_;
  std::int64_t taken_ = 0;                // guarded by mutex_, as the rest
  std::map<Uuid, std::int64_t> running_;  // by function
  std::map<std::int64_t, Queue> queues_;  // by user; none is empty
  std::list<std::int64_t> turns_;         // users who wait, the next one first
};

}  // namespace kappa::runner
