// Starts of executions that have no row yet.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// One start. Held by whoever waits for its outcome, and until then by those that have no row.
struct Start {
  StartExecution ask;
  std::shared_future<Result<Nothing>> written;  ///< with those that came about when it did
  std::atomic<bool> overtaken = false;          ///< its outcome is on its way, and writes the row
  bool has_row = false;                         ///< known to the writer's thread alone
};

/// Most outcomes come within some milliseconds, and one row then tells all. So a start waits for
/// its outcome a moment, in memory; those that waited in vain are written together. Thread-safe.
class Starts {
 public:
  explicit Starts(store::File& file) : file_(file) {}
  ~Starts() { settle(); }
  Starts(const Starts&) = delete;
  Starts& operator=(const Starts&) = delete;

  /// unavailable: the file has no room, or takes nothing at present.
  Result<std::shared_ptr<Start>> add(const StartExecution& ask);
  /// Waits until all that were added have a row, or cannot have one.
  void settle();

 private:
  using Batch = std::vector<std::shared_ptr<Start>>;

  Result<Nothing> schedule();
  Result<Nothing> write(store::Database& db, Batch& batch);

  store::File& file_;
  std::mutex mutex_;
  Batch waiting_;                                ///< guarded by mutex_, as the rest
  bool scheduled_ = false;                       ///< a job for them is queued
  std::shared_future<Result<Nothing>> written_;  ///< that job's, or the last one's
};

}  // namespace kappa::data
