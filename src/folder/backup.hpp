// All of a data folder in one file, while it is used.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "folder/moment.hpp"
#include "kappa/core.hpp"
#include "kappa/types.hpp"

namespace kappa::folder {

/// The first file of a backup, manifest.json.
struct Manifest {
  std::int64_t format = 1;  ///< of the archive; a program refuses a newer one
  std::string kappa;        ///< the program's version
  Timestamp taken_at;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (format, kappa, taken_at))

constexpr std::string_view manifest_name = "manifest.json";

struct Backup {
  Timestamp taken_at;
  std::int64_t files = 0;  ///< databases in it
  std::uint64_t size_bytes = 0;
  std::vector<Codeless> codeless;  ///< functions whose code was lost before
};

/// Writes `file`, a tar archive of the folder's databases, each whole and checked: users,
/// functions, executions and the bill as they were at one moment after this was called, with the
/// code of every function of that moment, and the logs of that moment or some later one. Tokens of
/// the service are not in it. Takes as much room again, beside `file`, as the largest database has.
/// conflict: the file is there already, unless it is to be replaced. unavailable: the folder cannot
/// be read, or the file not be written. internal: a database is damaged. `file` is then as before.
Result<Backup> make_backup(const std::filesystem::path& folder, const std::filesystem::path& file,
                           bool replace, const Clock& clock);

}  // namespace kappa::folder
