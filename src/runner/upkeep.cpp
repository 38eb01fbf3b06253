// First wanted, first filled; once a second all functions are looked at.
#include "runner/upkeep.hpp"

#include "base/log.hpp"

namespace kappa::runner {
namespace {

constexpr std::chrono::seconds tidy_every{1};

}  // namespace

Upkeep::Upkeep(FunctionCache& functions) : functions_(functions), thread_([this] { work(); }) {}

Upkeep::~Upkeep() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Upkeep::refill(const std::shared_ptr<LoadedFunction>& function) {
  if (!function->needs_refill()) return;
  {
    const std::scoped_lock lock(mutex_);
    wanted_.push_back(function);
  }
  wake_.notify_one();
}

void Upkeep::work() {
  auto next_tidy = std::chrono::steady_clock::now() + tidy_every;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait_until(lock, next_tidy, [this] { return ending_ || !wanted_.empty(); });
    if (ending_) return;
    std::shared_ptr<LoadedFunction> function;
    if (!wanted_.empty()) {
      function = wanted_.front().lock();
      wanted_.pop_front();
    }
    lock.unlock();
    try {
      if (function) {
        function->settle();
        function->refill();
      }
      function.reset();
      if (const auto now = std::chrono::steady_clock::now(); now >= next_tidy) {
        next_tidy = now + tidy_every;
        functions_.tidy();
      }
    } catch (const std::exception& fault) {  // no descriptors left, or no memory
      log::warning("the upkeep of functions is put off", {{"reason", fault.what()}});
    }
    lock.lock();
  }
}

}  // namespace kappa::runner
