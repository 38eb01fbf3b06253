// SQLite's default VFS with its writes and syncs replaced.
#include "disk.hpp"

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <stdexcept>

namespace kappa::test {
namespace {

sqlite3_vfs* original = nullptr;
sqlite3_vfs vfs;
sqlite3_io_methods original_methods;
sqlite3_io_methods main_methods;
sqlite3_io_methods wal_methods;
sqlite3_io_methods other_methods;

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
  if (file->pMethods == &wal_methods) ++disk().wal_syncs;
  const int fails = disk().sync_fails;
  return fails != 0 ? fails : original_methods.xSync(file, flags);
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = original->xOpen(original, name, file, flags, out_flags);
  if (code != SQLITE_OK) return code;
  const bool main = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  const bool wal = (flags & SQLITE_OPEN_WAL) != 0;
  sqlite3_io_methods& methods = main ? main_methods : wal ? wal_methods : other_methods;
  original_methods = methods = *file->pMethods;
  methods.xWrite = write;
  methods.xSync = sync;
  file->pMethods = &methods;
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
