// Once it is over it stays over: two runners that took the name from each other, call by call,
// would lose each other's calls.
#include "runner/lease.hpp"

#include "base/log.hpp"
#include "runner/telling.hpp"

namespace kappa::runner {

Result<Nothing> Lease::begin() {
  if (begun_) return Nothing{};
  const std::scoped_lock lock(mutex_);
  return begun_ ? Result<Nothing>(Nothing{}) : take();
}

Result<Nothing> Lease::begin_again() {
  const std::scoped_lock lock(mutex_);
  ask_.again = true;
  return take();
}

Result<Nothing> Lease::take() {
  const Error taken_over{
      Code::unavailable,
      "another runner called '" + ask_.runner +
          "' has begun; give each a runner.name of its own, then restart this one"};
  if (over_) return taken_over;
  const auto taken = data_.take_lease(ask_);
  if (!taken && taken.error().code == Code::conflict) {
    over_ = true;
    begun_ = false;
    log::error(taken_over.detail);
    return taken_over;
  }
  if (!taken) return taken.error();
  if (taken->lost > 0) log::warning("executions were lost", {{"count", taken->lost}});
  for (const Uuid& exec_id : taken->exec_ids) tell_lost(exec_id, data_, fn_logs_);
  begun_ = true;
  return Nothing{};
}

}  // namespace kappa::runner
