// Whoever frees a slot gives it to the next in turn; only that one is woken.
#include "runner/call_slots.hpp"

#include <algorithm>

namespace kappa::runner {
namespace {

constexpr std::chrono::milliseconds look_every{50};  // whether a waiter's client is still there

}  // namespace

std::optional<CallSlots::Slot> CallSlots::take(const Claim& claim,
                                               std::chrono::steady_clock::time_point deadline,
                                               const std::function<bool()>& given_up) {
  std::unique_lock lock(mutex_);
  const auto mine = queues_.find(claim.user_id);
  if (mine != queues_.end() && std::ssize(mine->second) >= 4 * slots_) return std::nullopt;
  Waiter waiter{claim, false, {}};
  auto& queue = queues_[claim.user_id];
  if (queue.empty()) turns_.push_back(claim.user_id);
  queue.push_back(&waiter);
  grant();
  while (!waiter.granted) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline || given_up()) {
      forget(waiter);
      return std::nullopt;
    }
    waiter.turn.wait_until(lock, std::min(deadline, now + look_every));
  }
  return Slot(*this, claim.fn_id);
}

void CallSlots::forget(Waiter& waiter) {
  const auto at = queues_.find(waiter.claim.user_id);
  at->second.remove(&waiter);
  if (!at->second.empty()) return;
  turns_.remove(at->first);
  queues_.erase(at);
}

bool CallSlots::grant_one() {
  for (auto turn = turns_.begin(); turn != turns_.end(); ++turn) {
    Queue& queue = queues_[*turn];
    const auto next = std::find_if(queue.begin(), queue.end(), [this](const Waiter* waiter) {
      const auto running = running_.find(waiter->claim.fn_id);
      return running == running_.end() || running->second < waiter->claim.concurrency;
    });
    if (next == queue.end()) continue;  // all of this user's functions run as often as they may
    Waiter& waiter = **next;
    turns_.splice(turns_.end(), turns_, turn);  // the others come first now
    forget(waiter);
    ++taken_;
    ++running_[waiter.claim.fn_id];
    waiter.granted = true;
    waiter.turn.notify_one();
    return true;
  }
  return false;
}

void CallSlots::grant() {
  while (taken_ < slots_ && grant_one()) continue;
}

std::int64_t CallSlots::taken() const {
  const std::scoped_lock lock(mutex_);
  return taken_;
}

void CallSlots::give_back(const Uuid& fn_id) {
  const std::scoped_lock lock(mutex_);
  --taken_;
  const auto running = running_.find(fn_id);
  if (--running->second == 0) running_.erase(running);
  grant();
}

}  // namespace kappa::runner
