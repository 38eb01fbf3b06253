// SQLite's default VFS with its writes and syncs replaced.
#include "disk.hpp"

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <mutex>
#include <stdexcept>

namespace kappa::test {
namespace {

sqlite3_vfs* original = nullptr;
sqlite3_vfs vfs;
sqlite3_io_methods original_methods;  // of all three kinds, as far as they are replaced

/// The methods of one kind of file, copied when the first is opened.
struct Methods {
  std::once_flag copied;
  sqlite3_io_methods table;
};
Methods main_file;
Methods wal_file;
Methods other_file;

void maybe_die() {
  if (disk().dies_in < 0) return;
  if (disk().dies_in-- == 0) ::kill(::getpid(), SIGKILL);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  maybe_die();
  const int fails = disk().write_fails;
  return fails != 0 ? fails : original_methods.xWrite(file, data, size, offset);
}

int sync(sqlite3_file* file, int flags) {
  maybe_die();
  if (file->pMethods == &wal_file.table) ++disk().wal_syncs;
  const int fails = disk().sync_fails;
  return fails != 0 ? fails : original_methods.xSync(file, flags);
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = original->xOpen(original, name, file, flags, out_flags);
  if (code != SQLITE_OK) return code;
  const bool main = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  const bool wal = (flags & SQLITE_OPEN_WAL) != 0;
  Methods& methods = main ? main_file : wal ? wal_file : other_file;
  static std::once_flag first;
  std::call_once(first, [&] { original_methods = *file->pMethods; });
  std::call_once(methods.copied, [&] {
    methods.table = *file->pMethods;
    methods.table.xWrite = write;
    methods.table.xSync = sync;
  });
  file->pMethods = &methods.table;
  return code;
}

}  // namespace

Disk& disk() {
  static Disk instance;
  static const bool registered = [] {
    original = sqlite3_vfs_find(nullptr);
    vfs = *original;
    vfs.zName = "kappa-test";
    vfs.xOpen = open;
    return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK;
  }();
  if (!registered) throw std::runtime_error("cannot register a VFS");
  return instance;
}

}  // namespace kappa::test
