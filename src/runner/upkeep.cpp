// First wanted, first filled; once a second all functions are looked at.
#include "runner/upkeep.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace kappa::runner {
namespace {

constexpr std::chrono::seconds tidy_every{1};
// The next zygote is made and moved into its group then. While a process is moved the kernel forks
// none, for some milliseconds: not when a function has just been loaded, for its first call is on
// its way.
constexpr std::chrono::milliseconds settle_after{100};

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

void Upkeep::see_to(const std::shared_ptr<LoadedFunction>& function) {
  const bool known = std::any_of(settling_.begin(), settling_.end(), [&](const Settling& one) {
    return one.function.lock() == function;
  });
  if (function && !function->settled() && !known) {
    const auto now = std::chrono::steady_clock::now();
    if (function->made_in_group()) {
      settling_.push_back({now + settle_after, function});
    } else {  // it might take the whole machine meanwhile
      settling_.push_front({now, function});
    }
  }
  if (function) function->refill();
  settle_those_due();
}

void Upkeep::settle_those_due() {
  while (!settling_.empty() && settling_.front().due <= std::chrono::steady_clock::now()) {
    const auto function = settling_.front().function.lock();
    settling_.pop_front();
    if (function) function->settle();
    functions_.prepare();
  }
}

void Upkeep::work() {
  auto next_tidy = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto due = settling_.empty() ? next_tidy : std::min(next_tidy, settling_.front().due);
    wake_.wait_until(lock, due, [this] { return ending_ || !wanted_.empty(); });
    if (ending_) return;
    std::shared_ptr<LoadedFunction> function;
    if (!wanted_.empty()) {
      function = wanted_.front().lock();
      wanted_.pop_front();
    }
    lock.unlock();
    try {
      see_to(function);
      function.reset();
      if (const auto now = std::chrono::steady_clock::now(); now >= next_tidy) {
        next_tidy = now + tidy_every;
        functions_.tidy();
        functions_.prepare();
      }
    } catch (const std::exception& fault) {  // no descriptors left, or no memory
      log::warning("the upkeep of functions is put off", {{"reason", fault.what()}});
    }
    lock.lock();
  }
}

}  // namespace kappa::runner
