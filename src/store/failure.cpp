// The one table from SQLite's result codes to errors.
#include "store/failure.hpp"

#include <sqlite3.h>

#include <new>

namespace kappa::store {

Error failure(const std::string& file, int code, const char* message) {
  const std::string sqlite = std::string(" (SQLite: ") + message + ")";
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
    throw DiskLost(file + " was written but the disk could not keep it" + sqlite);
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {Code::unavailable, file + " cannot grow: the disk is full; free some space"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::unavailable, file + " is locked by another process; close that one"};
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
      return {Code::unavailable, file + " cannot be read or written: check the disk" + sqlite};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {Code::unavailable, file + " cannot be opened for writing: check that it and its " +
                                     "folder belong to this user" + sqlite};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Code::internal,
              file + " is damaged or no database: move it away and restore a copy" + sqlite};
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    default:
      throw std::logic_error(file + ": unexpected result " + std::to_string(code) + sqlite);
  }
}

std::string why_no_start(const std::filesystem::path& file, const Error& error) {
  if (error.code != Code::internal) return error.detail;
  const std::string folder = file.has_parent_path() ? file.parent_path().string() : ".";
  return error.detail + "\nKappa does not start without it: keep a copy of the folder, then\n" +
         "  kappa doctor --data " + folder + "                       what else is wrong\n" +
         "  kappa restore BACKUP --data " + folder + " --replace     bring back a backup";
}

}  // namespace kappa::store
