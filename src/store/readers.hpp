// A few read-only connections, lent one at a time.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "store/database.hpp"

namespace kappa::store {

class Readers;

/// A connection on loan; goes back when this goes.
class Borrowed {
 public:
  Borrowed(Readers& readers, std::unique_ptr<Database> database)
      : readers_(&readers), database_(std::move(database)) {}
  Borrowed(Borrowed&& other) noexcept
      : readers_(std::exchange(other.readers_, nullptr)), database_(std::move(other.database_)) {}
  Borrowed& operator=(Borrowed&&) = delete;
  ~Borrowed();
  Database& operator*() { return *database_; }

 private:
  friend class Readers;
  Readers* readers_;
  std::unique_ptr<Database> database_;  ///< null while it is being opened
};

/// Thread-safe. Connections are opened when they are first needed.
class Readers {
 public:
  Readers(std::filesystem::path file, std::size_t count) : file_(std::move(file)), left_(count) {}
  /// Waits for one that is free. unavailable: none was for two seconds, or the file cannot be
  /// opened.
  Result<Borrowed> borrow();

 private:
  friend class Borrowed;
  /// Null: it could not be opened, and may be tried again.
  void give_back(std::unique_ptr<Database> database);
  Result<Borrowed> open_in(Borrowed place);

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t left_;                             ///< may still be opened; guarded by mutex_
  std::vector<std::unique_ptr<Database>> idle_;  ///< guarded by mutex_
};

}  // namespace kappa::store
