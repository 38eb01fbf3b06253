// The one thread that writes a database: what is queued becomes one transaction.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "store/database.hpp"
#include "store/room.hpp"

namespace kappa::store {

/// Runs inside a transaction on the writer's thread. It may run SQL and nothing slow. An Error
/// undoes this job alone; an Error of the file itself (unavailable, internal) undoes the whole
/// batch, and each of its jobs gets it. When another job of the batch fails, what this one did is
/// undone and it runs once more: it must do the same again.
using Job = std::function<Result<Nothing>(Database&)>;

/// What happens between a job's commit and its answer.
enum class Afterwards {
  nothing,
  scrub,  ///< what was deleted leaves the write-ahead log too
};

/// How soon a job is committed.
enum class Haste {
  now,   ///< somebody waits for it
  soon,  ///< nobody does: it waits some milliseconds, and is then committed with others
};

/// Thread-safe. Jobs of one haste run in the order of submit(). No timed window but for jobs that
/// nobody waits for: while one batch is committed the next gathers. A failed fsync ends the process
/// (DiskLost leaves the thread): the next start recovers what was acknowledged.
class Writer {
 public:
  Writer(Database database, RoomSize room);
  /// Commits what is queued, then ends the thread.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// A place for a later submit(): whoever holds one can always write.
  Result<Place> reserve(std::size_t bytes) { return room_.take(bytes, name_); }
  const std::string& name() const { return name_; }  ///< the file's, for errors
  /// The last batch could not be written; the next may be.
  bool failing() const { return failing_; }
  /// The future is ready when the job is durable, or undone. What the job throws, it throws. The
  /// job and what it refers to must live until then.
  std::future<Result<Nothing>> submit(Job job, Place place,
                                      Afterwards afterwards = Afterwards::nothing,
                                      Haste haste = Haste::now);
  /// What may wait and was submitted before runs before all that is submitted later.
  void hurry();

 private:
  struct Entry {
    Job job;
    Place place;
    Afterwards afterwards;
    std::chrono::steady_clock::time_point due;  ///< of one that may wait
    std::promise<Result<Nothing>> answer;
    Result<Nothing> result = Nothing{};
    std::exception_ptr thrown = nullptr;
  };
  using Batch = std::vector<Entry>;

  void work();
  std::optional<Batch> next_batch();
  Batch take_queued(std::size_t at_most);
  void queue_due(std::chrono::steady_clock::time_point until);
  Result<Nothing> try_commit(Batch& batch);
  Result<Nothing> commit(Batch& batch);
  Result<bool> run_all(Batch& batch);
  Result<Nothing> run_apart(Batch& batch);
  void run(Entry& entry);
  void limit_log();
  void scrub();
  void tidy();
  static void answer(Batch& batch, const Result<Nothing>& committed);

  Database database_;
  const std::string name_;
  Room room_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Entry> queue_;  ///< guarded by mutex_
  std::deque<Entry>
      waiting_;          ///< guarded by mutex_: those that may wait, the first to be due first
  bool ending_ = false;  ///< guarded by mutex_
  std::atomic<bool> failing_ = false;
  std::int64_t log_limit_ = 0;
  bool tidy_ = true;  ///< the thread's own: nothing is left in the write-ahead log
  std::thread thread_;
};

}  // namespace kappa::store
