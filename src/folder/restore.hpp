// A backup put into a data folder: all of it or nothing, wherever it is cut short.
#pragma once

#include <filesystem>

#include "folder/backup.hpp"

namespace kappa::folder {

/// Puts the backup into the folder, which is made where it is missing. Everything is read, compared
/// with its hash and checked beside the place where it goes before anything goes there; from then
/// on whoever opens the folder finishes what was begun.
/// invalid: it is no backup, or was cut short or changed. conflict: the folder has data, and that
/// is not to be replaced. unavailable: a server uses the folder, it cannot be written, or the
/// backup is of a newer Kappa. internal: a database in it is damaged. The folder's data is then as
/// before. Once restored it has the backup's databases and no other.
Result<Backup> restore_backup(const std::filesystem::path& file,
                              const std::filesystem::path& folder, bool replace);

/// Ends what a restore that was cut short left: finishes it if it had everything in the folder and
/// checked, else removes it. Only for who holds the folder.
Result<Nothing> settle_restore(const std::filesystem::path& folder);
/// unavailable: a restore was cut short here, after it had checked everything, or is under way.
Result<Nothing> no_restore_under_way(const std::filesystem::path& folder);

}  // namespace kappa::folder
