// How many calls run at a time; the others wait their turn, and no longer queue than is useful is
// kept.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

namespace kappa::runner {

/// Thread-safe; first come, first served.
class CallSlots {
 public:
  explicit CallSlots(std::int64_t slots) : slots_(slots) {}

  /// Held while a call runs.
  class Slot {
   public:
    explicit Slot(CallSlots& of) : of_(&of) {}
    Slot(Slot&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (of_ != nullptr) of_->give_back();
    }

   private:
    CallSlots* of_;
  };

  /// A slot; nothing when four times as many wait already, or none is free in time.
  std::optional<Slot> take(std::chrono::steady_clock::time_point deadline);
  std::int64_t taken() const;

 private:
  void give_back();

  const std::int64_t slots_;
  mutable std::mutex mutex_;
  std::condition_variable turn_;
  std::int64_t taken_ = 0;   // guarded by mutex_
  std::list<char> waiting_;  // guarded by mutex_: one entry a waiter, in order
};

}  // namespace kappa::runner
