// A list and a flag each.
#include "fn_logs/waiting.hpp"

#include <utility>

namespace kappa::fn_logs {

Waiting::Place::Place(Waiting& in, const Uuid& fn_id) : in_(in), fn_id_(fn_id) {
  const std::lock_guard lock(in_.mutex_);
  at_ = in_.places_.insert(in_.places_.end(), this);
  ++in_.count_;
}

Waiting::Place::~Place() {
  const std::lock_guard lock(in_.mutex_);
  in_.places_.erase(at_);
  --in_.count_;
}

bool Waiting::Place::wait_until(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(in_.mutex_);
  wake_.wait_until(lock, until, [this] { return told_; });
  return std::exchange(told_, false);
}

void Waiting::tell(const Uuid& fn_id) {
  if (count_ == 0) return;
  const std::lock_guard lock(mutex_);
  for (Place* place : places_) {
    if (place->fn_id_ != fn_id) continue;
    place->told_ = true;
    place->wake_.notify_one();
  }
}

}  // namespace kappa::fn_logs
