// First wanted, first filled.
#include "runner/refiller.hpp"

namespace kappa::runner {

Refiller::Refiller() : thread_([this] { work(); }) {}

Refiller::~Refiller() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Refiller::want(const std::shared_ptr<LoadedFunction>& function) {
  {
    const std::scoped_lock lock(mutex_);
    wanted_.push_back(function);
  }
  wake_.notify_one();
}

void Refiller::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !wanted_.empty(); });
    if (ending_) return;
    const auto function = wanted_.front().lock();
    wanted_.pop_front();
    lock.unlock();
    if (function) function->refill();
    lock.lock();
  }
}

}  // namespace kappa::runner
