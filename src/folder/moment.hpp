// The ledger and the code of one moment, though they are two files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kappa/types.hpp"
#include "store/snapshot.hpp"

namespace kappa::folder {

/// A function that users can call, and whose code is not stored.
struct Codeless {
  Uuid fn_id;
  std::string name;
  std::string username;
  bool operator==(const Codeless&) const = default;
};

/// What is absent is not in this folder: another Kappa keeps it.
struct Moment {
  std::optional<store::Snapshot> data;
  std::optional<store::Snapshot> fn_code;
  std::vector<Codeless> codeless;  ///< because their code is lost, never because of the moment
};

/// Takes both, again and again until no function has come or gone between the two: they are taken
/// in microseconds. Errors as store::Snapshot::take() has them.
Result<Moment> take_moment(const std::filesystem::path& folder);

}  // namespace kappa::folder
