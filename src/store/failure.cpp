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

}  // namespace kappa::store
