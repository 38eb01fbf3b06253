// A database as it was at one moment, for whoever looks at the whole of it or copies it.
#pragma once

#include <filesystem>

#include "store/database.hpp"

namespace kappa::store {

/// Others write meanwhile, from any process; what they write gathers in the write-ahead log until
/// this goes. Used by one thread.
class Snapshot {
 public:
  /// Errors as Database::open() has them.
  static Result<Snapshot> take(const std::filesystem::path& file);

  Database& database() { return database_; }
  /// Makes `to` a database with the same content that stands alone, without a log beside it, and
  /// readable to nobody else. Others' disk waits are kept short: what was written is on the disk
  /// before more is. Not durable until synced. unavailable: it cannot be written, or is there.
  Result<Nothing> copy(const std::filesystem::path& to);
  /// Ends it, and moves what gathered in the log meanwhile into the database and to the disk, all
  /// but what others write while it does: a writer would do it between two commits, and everybody
  /// would wait.
  static void end(Snapshot snapshot);

 private:
  Snapshot(std::filesystem::path file, Database database)
      : file_(std::move(file)), database_(std::move(database)) {}

  std::filesystem::path file_;
  Database database_;
};

}  // namespace kappa::store
