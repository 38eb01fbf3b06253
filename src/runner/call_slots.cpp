// A waiter goes when it is the first and a slot is free.
#include "runner/call_slots.hpp"

namespace kappa::runner {

std::optional<CallSlots::Slot> CallSlots::take(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (static_cast<std::int64_t>(waiting_.size()) >= 4 * slots_) return std::nullopt;
  const auto me = waiting_.insert(waiting_.end(), '\0');
  const bool mine =
      turn_.wait_until(lock, deadline, [&] { return me == waiting_.begin() && taken_ < slots_; });
  waiting_.erase(me);
  if (mine) ++taken_;
  turn_.notify_all();
  if (!mine) return std::nullopt;
  return Slot(*this);
}

std::int64_t CallSlots::taken() const {
  const std::scoped_lock lock(mutex_);
  return taken_;
}

void CallSlots::give_back() {
  const std::scoped_lock lock(mutex_);
  --taken_;
  turn_.notify_all();
}

}  // namespace kappa::runner
