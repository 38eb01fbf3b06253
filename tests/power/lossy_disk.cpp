// The unix VFS with its opens, writes, truncations, syncs and deletions noted.
#include "power/lossy_disk.hpp"

#include <sqlite3.h>

#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace kappa::test {
namespace {

constexpr std::size_t sector = 512;  // what a disk writes whole or not at all

/// A write, or the file's cutting to `offset` bytes.
struct Change {
  std::size_t offset = 0;
  std::string data;
  bool truncates = false;
};

/// What is known of one file: on disk, and on its way there.
struct Image {
  bool exists = false;  ///< its name is durable
  std::string durable;
  std::vector<Change> unsynced;

  static void apply(std::string& content, const Change& change) {
    if (change.truncates) {
      content.resize(std::min(content.size(), change.offset));
      return;
    }
    const std::size_t end = change.offset + change.data.size();
    if (content.size() < end) content.resize(end, '\0');
    content.replace(change.offset, change.data.size(), change.data);
  }
  void sync() {
    for (const Change& change : unsynced) apply(durable, change);
    unsynced.clear();
  }
};

/// A name, the file it means, and the one that it meant when names were last synced.
struct Name {
  Image now;
  bool removed = false;
  std::unique_ptr<Image> before = nullptr;
};

struct State {
  std::mutex mutex;  ///< guards all of it
  bool active = false;
  std::string folder;
  std::mt19937_64 random;
  std::int64_t cut_in = 0;
  Syncs syncs = Syncs::honoured;
  bool cut = false;
  std::int64_t unsynced = 0;
  std::map<std::string, Name> names;
  std::map<sqlite3_file*, std::string> open;
  std::map<std::string, std::string> left;  ///< what the disk has after the cut
};

State& state() {
  static State instance;
  return instance;
}

sqlite3_vfs* original = nullptr;
sqlite3_vfs vfs;

/// The methods of a kind of file, replaced; found again by the file's pointer to them.
struct Methods {
  sqlite3_io_methods table;
  const sqlite3_io_methods* original;
};
const sqlite3_io_methods& own(sqlite3_file* file) {
  return *reinterpret_cast<const Methods*>(file->pMethods)->original;
}

bool one_in(State& disk, std::uint64_t n) { return disk.random() % n == 0; }

/// Any of the unsynced changes, of a write any of its sectors, in their order: that two writes to
/// one place swap is not modelled.
std::string torn(State& disk, Image image) {
  const std::uint64_t kept_of_8 = disk.random() % 9;  // all, none, and between
  const auto kept = [&] { return disk.random() % 8 < kept_of_8; };
  for (const Change& change : image.unsynced) {
    if (change.truncates) {
      if (kept()) Image::apply(image.durable, change);
      continue;
    }
    for (std::size_t at = 0; at < change.data.size();) {
      const std::size_t size =
          std::min(sector - (change.offset + at) % sector, change.data.size() - at);
      if (kept()) Image::apply(image.durable, {change.offset + at, change.data.substr(at, size)});
      at += size;
    }
  }
  return std::move(image.durable);
}

void cut_power(State& disk) {
  disk.cut = true;
  for (auto& [path, name] : disk.names) {
    disk.unsynced += static_cast<std::int64_t>(name.now.unsynced.size());
    const bool now = !name.removed && (name.now.exists || one_in(disk, 2));
    const bool removed_in_vain = name.removed && name.now.exists && one_in(disk, 2);
    if (now || removed_in_vain) {
      disk.left[path] = torn(disk, name.now);
    } else if (name.before && one_in(disk, 2)) {
      disk.left[path] = torn(disk, *name.before);
    }
  }
}

/// To be called before each operation, with the lock held.
void count(State& disk) {
  if (disk.active && !disk.cut && disk.cut_in-- == 0) cut_power(disk);
}

/// Of the file that an open handle means; null when it is none of ours.
Name* name_of(State& disk, sqlite3_file* file) {
  const auto at = disk.open.find(file);
  if (at == disk.open.end() || disk.cut) return nullptr;
  return &disk.names[at->second];
}

void sync_names(State& disk) {
  for (auto at = disk.names.begin(); at != disk.names.end();) {
    at->second.before.reset();
    at->second.now.exists = !at->second.removed;
    at = at->second.removed ? disk.names.erase(at) : std::next(at);
  }
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  State& disk = state();
  const std::lock_guard lock(disk.mutex);
  count(disk);
  if (Name* name = name_of(disk, file)) {
    name->now.unsynced.push_back(
        {static_cast<std::size_t>(offset),
         {static_cast<const char*>(data), static_cast<std::size_t>(size)}});
  }
  return own(file).xWrite(file, data, size, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  State& disk = state();
  const std::lock_guard lock(disk.mutex);
  count(disk);
  if (Name* name = name_of(disk, file))
    name->now.unsynced.push_back({static_cast<std::size_t>(size), "", true});
  return own(file).xTruncate(file, size);
}

int sync(sqlite3_file* file, int) {
  State& disk = state();
  const std::lock_guard lock(disk.mutex);
  count(disk);
  Name* name = name_of(disk, file);
  if (name == nullptr || disk.syncs == Syncs::ignored) return SQLITE_OK;
  name->now.sync();
  // SQLite syncs the folder of a journal or log with its first sync, and later ones change nothing.
  const bool log = disk.open[file].ends_with("-wal") || disk.open[file].ends_with("-journal");
  if (log && !name->now.exists) sync_names(disk);
  return SQLITE_OK;
}

int close(sqlite3_file* file) {
  State& disk = state();
  const std::lock_guard lock(disk.mutex);
  disk.open.erase(file);
  return own(file).xClose(file);
}

int remove(sqlite3_vfs*, const char* path, int sync_folder) {
  State& disk = state();
  const std::lock_guard lock(disk.mutex);
  count(disk);
  const auto at = disk.names.find(path);
  if (at != disk.names.end() && !disk.cut) {
    at->second.removed = true;
    if (sync_folder != 0 && disk.syncs == Syncs::honoured) sync_names(disk);
  }
  return original->xDelete(original, path, 0);
}

const sqlite3_io_methods* replaced(const sqlite3_io_methods* methods) {
  static std::map<const sqlite3_io_methods*, std::unique_ptr<Methods>> known;  // under the lock
  auto& ours = known[methods];
  if (ours == nullptr) {
    ours = std::make_unique<Methods>(Methods{*methods, methods});
    ours->table.xWrite = write;
    ours->table.xTruncate = truncate;
    ours->table.xSync = sync;
    ours->table.xClose = close;
  }
  return &ours->table;
}

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  State& disk = state();
  const std::lock_guard lock(disk.mutex);
  const int code = original->xOpen(original, path, file, flags, out_flags);
  if (file->pMethods == nullptr) return code;
  file->pMethods = replaced(file->pMethods);
  if (code != SQLITE_OK || path == nullptr || !std::string(path).starts_with(disk.folder))
    return code;
  disk.open[file] = path;
  if (disk.cut) return code;
  Name& name = disk.names[path];
  if (!name.removed) return code;
  if (name.now.exists) name.before = std::make_unique<Image>(std::move(name.now));
  name.now = {};
  name.removed = false;
  return code;
}

void register_once() {
  if (original != nullptr) return;
  original = sqlite3_vfs_find(nullptr);
  vfs = *original;
  vfs.zName = "kappa-lossy";
  vfs.xOpen = open;
  vfs.xDelete = remove;
}

}  // namespace

void LossyDisk::begin(const std::filesystem::path& folder, std::uint64_t seed, std::int64_t cut_at,
                      Syncs syncs) {
  register_once();
  State& disk = state();
  disk.names.clear();
  disk.left.clear();
  disk.folder = folder.string();
  disk.random.seed(seed);
  disk.cut_in = cut_at;
  disk.syncs = syncs;
  disk.cut = false;
  disk.unsynced = 0;
  disk.active = true;
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) throw std::runtime_error("no VFS");
}

bool LossyDisk::is_cut() {
  const std::lock_guard lock(state().mutex);
  return state().cut;
}

std::int64_t LossyDisk::unsynced() {
  const std::lock_guard lock(state().mutex);
  return state().unsynced;
}

void LossyDisk::end(const std::filesystem::path& after) {
  State& disk = state();
  if (!disk.open.empty() || !disk.cut)
    throw std::logic_error("a file is open, or power was not cut");
  disk.active = false;
  sqlite3_vfs_unregister(&vfs);
  sqlite3_vfs_register(original, 1);
  for (const auto& [path, content] : disk.left) {
    const auto to = after / std::filesystem::path(path).lexically_relative(disk.folder);
    std::filesystem::create_directories(to.parent_path());
    std::ofstream(to, std::ios::binary) << content;
  }
}

}  // namespace kappa::test
