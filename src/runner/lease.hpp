// This life of a runner, as the ledger knows it.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "kappa/data.hpp"
#include "kappa/fn_logs.hpp"

namespace kappa::runner {

/// Thread-safe. What it is given outlives it.
class Lease {
 public:
  Lease(const std::string& runner, const Uuid& lease, data::Data& data, fn_logs::FnLogs& fn_logs)
      : ask_{runner, lease}, data_(data), fn_logs_(fn_logs) {}

  const Uuid& id() const { return ask_.lease; }

  /// Announces this life to the ledger, once: what the ones before left open is lost. Errors as
  /// take_lease has them; unavailable also, from then on, when another runner has taken the name.
  Result<Nothing> begin();
  /// The same when the ledger refused a start: it may have been restored from a backup, and not
  /// know this life, or know a newer one than this.
  Result<Nothing> begin_again();

 private:
  Result<Nothing> take();

  data::TakeLease ask_;
  data::Data& data_;
  fn_logs::FnLogs& fn_logs_;
  std::mutex mutex_;
  std::atomic<bool> begun_ = false;
  bool over_ = false;  // guarded by mutex_
};

}  // namespace kappa::runner
