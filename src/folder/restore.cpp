// Two names of one folder inside the data folder say how far it got: restore.part is being filled
// and means nothing, restore.whole is to be moved into place. The step between is one rename.
#include "folder/restore.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "folder/check.hpp"
#include "folder/data_folder.hpp"
#include "folder/databases.hpp"
#include "folder/new_file.hpp"
#include "folder/tar.hpp"
#include "rpc/codec.hpp"
#include "rpc/record.hpp"

namespace kappa::folder {

namespace fs = std::filesystem;

namespace {

constexpr const char* part_name = "restore.part";
constexpr const char* whole_name = "restore.whole";
constexpr const char* absent = ".absent";  // "data.db.absent": the backup has none
constexpr std::uint64_t largest_manifest = 64 << 10;
constexpr std::string_view top_names[] = {data_name, fn_code_name, fn_logs_name};

Error cannot(const fs::path& path, const std::string& what, const std::string& why) {
  return {Code::unavailable, path.string() + " cannot be " + what + ": " + why +
                                 "; check the disk and whose folder it is"};
}

Result<Nothing> erase(const fs::path& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (failed) return cannot(path, "removed", failed.message());
  return Nothing{};
}

Result<Nothing> move(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) return cannot(from, "moved", failed.message());
  return Nothing{};
}

Result<Nothing> make_private(const fs::path& folder) {
  std::error_code failed;
  fs::create_directory(folder, failed);
  if (!failed) fs::permissions(folder, fs::perms::owner_all, failed);
  if (failed) return cannot(folder, "made", failed.message());
  return Nothing{};
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// One by one, so that each can be done again: what has been moved is not there any more. An old
/// database's log beside a new database would be taken for that one's.
Result<Nothing> move_into_place(const fs::path& folder) {
  const fs::path whole = folder / whole_name;
  for (const std::string_view top : top_names) {
    const std::string name(top);
    const bool comes = is_there(whole / name);
    if (!comes && !is_there(whole / (name + absent))) continue;
    for (const char* log : {"-wal", "-shm", ""}) TRY(erase(folder / (name + log)));
    if (comes) TRY(move(whole / name, folder / name));
  }
  TRY(sync_path(folder));
  return erase(whole);
}

class Restore {
 public:
  Restore(const fs::path& file, const fs::path& folder)
      : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)),
        file_(file),
        part_(folder / part_name),
        tar_(fd_.get(), file.string()) {}

  /// All of the archive, checked, in restore.part.
  Result<Backup> unpack() {
    if (!fd_)
      return Error{Code::invalid, file_.string() + " cannot be read: " + std::strerror(errno)};
    TRY(read_manifest());
    TRY(make_private(part_));
    TRY(make_private(part_ / fn_logs_name));
    while (auto entry = TRY(tar_.next())) {
      if (!is_database(entry->name) || is_there(part_ / entry->name)) {
        return Error{Code::invalid,
                     file_.string() + " is no backup: a data folder has no '" + entry->name + "'"};
      }
      TRY(unpack(*entry));
    }
    for (const std::string& name : databases_in(part_)) {
      auto database = TRY(store::Database::open(part_ / name, {.read_only = true}));
      TRY(check_database(database, name));
      ++made_.files;
    }
    if (made_.files == 0)
      return Error{Code::invalid, file_.string() + " is no backup: it has no database"};
    TRY(mark_absent());
    TRY(sync_path(part_ / fn_logs_name));
    TRY(sync_path(part_));
    return made_;
  }

 private:
  /// A backup of a Kappa whose modules are kept apart has not all databases; what the folder has
  /// instead belongs to other data, and goes.
  Result<Nothing> mark_absent() const {
    for (const std::string_view name : top_names) {
      if (is_there(part_ / name)) continue;
      auto mark = TRY(NewFile::begin(part_ / (std::string(name) + absent), false));
      TRY(mark.finish());
    }
    return Nothing{};
  }

  Result<Nothing> read_manifest() {
    auto entry = TRY(tar_.next());
    if (!entry || entry->name != manifest_name || entry->size > largest_manifest)
      return Error{Code::invalid, file_.string() + " is no backup: manifest.json is not its first"};
    std::string text;
    TRY(tar_.read(*entry, [&](std::string_view bytes) -> Result<Nothing> {
      text += bytes;
      return Nothing{};
    }));
    Manifest manifest;
    std::vector<Fault> faults;
    rpc::Reading reading{faults, false, true};  // members of later versions pass
    rpc::read_json(text, manifest, reading);
    if (!faults.empty()) {
      return Error{Code::invalid, file_.string() + " is no backup: manifest.json " +
                                      faults.front().at + " " + faults.front().why};
    }
    if (manifest.format > Manifest{}.format) {
      return Error{Code::unavailable, file_.string() + " was made by Kappa " + manifest.kappa +
                                          ", in a form that this one (" KAPPA_VERSION
                                          ") does not know; restore it with that one"};
    }
    made_.taken_at = manifest.taken_at;
    return Nothing{};
  }

  Result<Nothing> unpack(const TarEntry& entry) {
    auto out = TRY(NewFile::begin(part_ / entry.name, false));
    TRY(tar_.read(entry, [&](std::string_view bytes) { return out.write(bytes); }));
    made_.size_bytes += entry.size;
    return out.finish();
  }

  const Fd fd_;
  const fs::path file_;
  const fs::path part_;
  TarReader tar_;
  Backup made_;
};

Result<Backup> restore_into(const fs::path& file, const fs::path& folder, bool replace) {
  if (!replace && !databases_in(folder).empty()) {
    return Error{Code::conflict, "data folder '" + folder.string() +
                                     "' has data already; choose another, or say --replace to "
                                     "lose what is there"};
  }
  auto made = Restore(file, folder).unpack();
  if (!made) {
    TRY(erase(folder / part_name));
    return made;
  }
  TRY(move(folder / part_name, folder / whole_name));
  TRY(sync_path(folder));
  TRY(move_into_place(folder));
  return made;
}

}  // namespace

Result<Backup> restore_backup(const fs::path& file, const fs::path& folder, bool replace) {
  const auto held = TRY(DataFolder::open(folder));
  return restore_into(file, held.path(), replace);
}

Result<Nothing> settle_restore(const fs::path& folder) {
  TRY(erase(folder / part_name));
  if (is_there(folder / whole_name)) return move_into_place(folder);
  return Nothing{};
}

Result<Nothing> no_restore_under_way(const fs::path& folder) {
  if (!is_there(folder / whole_name)) return Nothing{};
  return Error{Code::unavailable, "data folder '" + folder.string() +
                                      "' has a restore that was cut short; starting Kappa there, "
                                      "or restoring again, ends it"};
}

}  // namespace kappa::folder
