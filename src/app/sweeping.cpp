// The first sweep's exceptions are whoever's who waits for it.
#include "app/sweeping.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>

#include "base/log.hpp"

namespace kappa::app {
namespace {

constexpr std::chrono::seconds sweep_every{60};
constexpr std::chrono::milliseconds look_every{100};
// A creation is bounded by the time a module may take to load, far below this.
constexpr std::int64_t creation_takes_at_most_ms = 120'000;

}  // namespace

Sweeping::Sweeping(Composition& kappa)
    : kappa_(kappa), thread_([this](const std::stop_token& stop) { work(stop); }) {}

std::optional<Result<std::int64_t>> Sweeping::wait_for_first(const Ending& told_to_end) {
  auto first = first_.get_future();
  while (first.wait_for(look_every) != std::future_status::ready) {
    if (told_to_end()) return std::nullopt;
  }
  return first.get();
}

void Sweeping::sweep_again(const Ending& ending) try {
  const auto swept = kappa_.sweep(creation_takes_at_most_ms, ending);
  if (!swept) log::warning("sweep failed", {{"reason", swept.error().detail}});
} catch (const std::exception& error) {  // as no memory: the next one may go well
  log::warning("sweep failed", {{"reason", error.what()}});
}

void Sweeping::work(const std::stop_token& stop) {
  const Ending ending = [&] { return stop.stop_requested(); };
  try {
    first_.set_value(kappa_.sweep(0, ending));
  } catch (...) {
    return first_.set_exception(std::current_exception());
  }
  std::mutex mutex;
  std::condition_variable_any wake;
  for (;;) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, sweep_every, [] { return false; });
    if (stop.stop_requested()) return;
    sweep_again(ending);
  }
}

}  // namespace kappa::app
