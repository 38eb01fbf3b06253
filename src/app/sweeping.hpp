// What a crash left half done is finished beside the serving.
#pragma once

#include <future>
#include <optional>
#include <stop_token>
#include <thread>

#include "app/compose.hpp"

namespace kappa::app {

/// A thread that sweeps when it is made, and then once a minute: a runner that stands still holds
/// up whoever asks it to forget a function, and must not hold up whoever waits for a signal.
class Sweeping {
 public:
  /// Begins. `kappa` outlives it. When it goes it waits for the function that it is at.
  explicit Sweeping(Composition& kappa);
  /// Waits for the first sweep, before which nobody may create anything, and gives how many
  /// functions it removed. Nothing when `told_to_end`, asked ten times a second, says so before.
  std::optional<Result<std::int64_t>> wait_for_first(const Ending& told_to_end);

 private:
  void work(const std::stop_token& stop);
  void sweep_again(const Ending& ending);

  Composition& kappa_;
  std::promise<Result<std::int64_t>> first_;
  std::jthread thread_;
};

}  // namespace kappa::app
