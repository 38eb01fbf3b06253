// Whose life a runner's name stands for at present.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// Every runner's latest lease, in memory too: each start is held against it, before anything runs.
/// Thread-safe.
class Leases {
 public:
  /// Reads them. Throws std::runtime_error when they cannot be read.
  explicit Leases(store::File& file);

  /// False: the runner has begun another life since. True also of a runner that never had one.
  bool holds(const std::string& runner, const Uuid& lease) const;

  enum class Claim {
    present,  ///< it is the runner's lease already
    refused,  ///< it was taken before, and a newer one since
    taken,    ///< it is from now on
  };
  /// From when it returns `taken` no other lease of that runner holds; to be written down next.
  Claim claim(const TakeLease& ask);
  /// It could not be written: what held before does so again.
  void give_back(const TakeLease& ask);

 private:
  struct Life {
    Uuid lease;
    Uuid before;  ///< the lease that it took the place of
  };

  mutable std::mutex mutex_;
  std::map<std::string, Life> lives_;  // guarded by mutex_
};

}  // namespace kappa::data
