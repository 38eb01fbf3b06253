// Files in a data folder that nobody needs any more.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace kappa::folder {

/// How long after an update a database's copy from before it is kept: whoever wants to go back
/// knows by then, and what was deleted meanwhile is not to be found in it for ever.
constexpr int copy_kept_days = 7;

struct Leftover {
  enum class Kind {
    half_backup,  ///< of a backup that was cut short, in the data folder
    copy,  ///< "data.db.v1", of a database as it was before its schema was brought up to date
  };
  std::string name;  ///< in the folder
  Kind kind = Kind::copy;
  std::uint64_t size_bytes = 0;
};

/// What there is of them. A backup that is being made is none, and neither is a file that only has
/// such a name.
std::vector<Leftover> leftovers_in(const std::filesystem::path& folder);
/// Removes those whose time has come: halves of backups, and copies that are old and whose database
/// has a newer schema. Piece by piece, so that nobody's fsync waits for long. Only for who holds
/// the folder. Gives what was removed.
std::vector<Leftover> sweep_leftovers(const std::filesystem::path& folder);

}  // namespace kappa::folder
