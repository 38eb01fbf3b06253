// Told by name, by what is in it, and by who locks it.
#include "folder/leftovers.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "base/fd.hpp"
#include "folder/backup.hpp"
#include "folder/databases.hpp"
#include "folder/new_file.hpp"
#include "store/migrate.hpp"

namespace kappa::folder {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view going = ".gone";  // of a copy that is no copy any more

/// "data.db" and 1 of "data.db.v1".
struct CopyName {
  std::string database;
  std::size_t version = 0;
};

std::optional<CopyName> parse_copy(std::string_view name) {
  const std::size_t dot = name.rfind(".v");
  if (dot == name.npos || !is_database(name.substr(0, dot))) return std::nullopt;
  CopyName copy{std::string(name.substr(0, dot)), 0};
  const std::string_view digits = name.substr(dot + 2);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), copy.version);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return copy;
}

/// Names in the folder and in that of the logs.
std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const std::string& below : {std::string(), std::string(fn_logs_name) + "/"}) {
    std::error_code failed;
    for (fs::directory_iterator at(folder / below, failed), end; !failed && at != end;
         at.increment(failed)) {
      std::error_code ignored;
      if (fs::is_regular_file(at->symlink_status(ignored)))
        names.push_back(below + at->path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The half of a backup, locked, so that nobody begins to write there; nothing when it is none, or
/// somebody does write it.
Fd lock_half(const fs::path& part) {
  Fd fd(::open(part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return {};
  std::array<char, manifest_name.size()> head{};
  const bool begins = ::pread(fd.get(), head.data(), head.size(), 0) == std::ssize(head) &&
                      std::string_view(head.data(), head.size()) == manifest_name;
  return begins ? std::move(fd) : Fd();
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code failed;
  const auto size = fs::file_size(path, failed);
  return failed ? 0 : size;
}

/// The database is there, and has been brought further than this copy of it.
bool is_behind(const fs::path& folder, const CopyName& copy) {
  auto database = store::Database::open(folder / copy.database, {.read_only = true});
  if (!database) return false;
  const auto version =
      store::schema_version(*database, copy.database, migrations_of(copy.database));
  return version && *version > copy.version;
}

bool is_old(const fs::path& path) {
  std::error_code failed;
  const auto made = fs::last_write_time(path, failed);
  return !failed && made + std::chrono::days(copy_kept_days) < fs::file_time_type::clock::now();
}

bool remove_half(const fs::path& part) {
  const Fd held = lock_half(part);
  if (!held) return false;
  remove_database(scratch_of(part));
  remove_gently(part);
  return true;
}

/// Under another name first: a copy cut short must not be taken for whole.
bool remove_copy(const fs::path& folder, const std::string& name) {
  const auto copy = parse_copy(name);
  if (!copy || !is_old(folder / name) || !is_behind(folder, *copy)) return false;
  const fs::path gone = folder / (name + std::string(going));
  std::error_code failed;
  fs::rename(folder / name, gone, failed);
  if (failed) return false;
  remove_gently(gone);
  return true;
}

}  // namespace

std::vector<Leftover> leftovers_in(const fs::path& folder) {
  std::vector<Leftover> found;
  for (const std::string& name : files_in(folder)) {
    const fs::path path = folder / name;
    if (parse_copy(name)) {
      found.push_back({name, Leftover::Kind::copy, size_of(path)});
    } else if (path.extension() == ".part" && lock_half(path)) {
      found.push_back(
          {name, Leftover::Kind::half_backup, size_of(path) + size_of(scratch_of(path))});
    }
  }
  return found;
}

std::vector<Leftover> sweep_leftovers(const fs::path& folder) {
  for (const std::string& name : files_in(folder)) {
    if (name.ends_with(going) && parse_copy(name.substr(0, name.size() - going.size())))
      remove_gently(folder / name);
  }
  std::vector<Leftover> removed;
  for (Leftover& leftover : leftovers_in(folder)) {
    const bool gone = leftover.kind == Leftover::Kind::half_backup
                          ? remove_half(folder / leftover.name)
                          : remove_copy(folder, leftover.name);
    if (gone) removed.push_back(std::move(leftover));
  }
  return removed;
}

}  // namespace kappa::folder
