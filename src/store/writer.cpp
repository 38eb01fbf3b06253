// Group commit.
#include "store/writer.hpp"

#include <algorithm>
#include <limits>

#include "base/log.hpp"

namespace kappa::store {
namespace {

// Larger batches gain little and make everybody wait: 256 commit in about 4 ms.
constexpr std::size_t max_batch = 256;
// How long a job that nobody waits for does; within it most of what could make it needless has
// come.
constexpr std::chrono::milliseconds soon_within{20};
// How long nothing is written before the log is emptied: a burst has pauses, and somebody who calls
// now and then need not wait behind it.
constexpr std::chrono::seconds idle_after{2};
// The log that a slow reader, as a backup, let grow is cut back to 16 times the usual 4 MB, by a
// piece each time that it begins anew: the commit that cuts 300 MB to this takes 55 ms. What is
// scrubbed, or found when nobody has written for a while, is cut off at once all the same.
constexpr std::int64_t log_limit = 64 << 20;
constexpr std::int64_t log_piece = 8 << 20;
constexpr auto end_of_time = std::chrono::steady_clock::time_point::max();

bool of_the_file(const Error& error) {
  return error.code == Code::unavailable || error.code == Code::internal;
}

/// SQLite may then have undone the whole transaction by itself.
Error out_of_memory() {
  return {Code::unavailable, "the server is out of memory; nothing was written, try again"};
}

}  // namespace

Writer::Writer(Database database, RoomSize room)
    : database_(std::move(database)),
      name_(database_.name()),
      room_(room),
      thread_([this] { work(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::future<Result<Nothing>> Writer::submit(Job job, Place place, Afterwards afterwards,
                                            Haste haste) {
  Entry entry{std::move(job), std::move(place), afterwards, {}, {}};
  auto answered = entry.answer.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (haste == Haste::soon) {
      entry.due = std::chrono::steady_clock::now() + soon_within;
      waiting_.push_back(std::move(entry));
      if (waiting_.size() > 1) return answered;  // it wakes for the first by itself
    } else {
      queue_.push_back(std::move(entry));
    }
  }
  wake_.notify_one();
  return answered;
}

void Writer::hurry() {
  {
    const std::lock_guard lock(mutex_);
    queue_due(end_of_time);
  }
  wake_.notify_one();
}

void Writer::queue_due(std::chrono::steady_clock::time_point until) {
  while (!waiting_.empty() && waiting_.front().due <= until) {
    queue_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
}

void Writer::work() try {
  while (true) {
    auto batch = next_batch();
    if (!batch) return;
    if (batch->empty()) {
      tidy();
      continue;
    }
    const auto committed = try_commit(*batch);
    failing_ = !committed;
    tidy_ = false;
    answer(*batch, committed);
  }
} catch (const DiskLost& lost) {
  log::error("disk lost a write, ending", {{"reason", lost.what()}});
  throw;
}

/// Nothing: it is time to end. Empty: there has been nothing to do for a while.
std::optional<Writer::Batch> Writer::next_batch() {
  std::unique_lock lock(mutex_);
  const auto idle_at = std::chrono::steady_clock::now() + idle_after;
  for (;;) {
    queue_due(ending_ ? end_of_time : std::chrono::steady_clock::now());
    if (!queue_.empty()) return take_queued(max_batch);
    if (ending_) return std::nullopt;
    if (!waiting_.empty()) {
      wake_.wait_until(lock, waiting_.front().due);
    } else if (tidy_) {
      wake_.wait(lock);
    } else if (wake_.wait_until(lock, idle_at) == std::cv_status::timeout && queue_.empty()) {
      return Batch();
    }
  }
}

Writer::Batch Writer::take_queued(std::size_t at_most) {
  Batch batch;
  while (!queue_.empty() && batch.size() < at_most) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

Result<Nothing> Writer::try_commit(Batch& batch) try {
  return commit(batch);
} catch (const std::bad_alloc&) {  // nothing of it is written
  return out_of_memory();
}

void Writer::limit_log() {
  const std::int64_t pieces =
      std::max<std::int64_t>(database_.log_bytes() - log_limit - 1, 0) / log_piece;
  const std::int64_t limit = log_limit + pieces * log_piece;
  if (limit != log_limit_ && database_.limit_log(limit)) log_limit_ = limit;
}

Result<Nothing> Writer::commit(Batch& batch) {
  limit_log();
  auto transaction = Transaction::begin(database_);
  if (!transaction) {
    // Locked: those behind would each wait as long in vain, so they are refused with this batch.
    const std::lock_guard lock(mutex_);
    queue_due(end_of_time);
    for (Entry& entry : take_queued(std::numeric_limits<std::size_t>::max()))
      batch.push_back(std::move(entry));
    return std::move(transaction).error();
  }
  if (!TRY(run_all(batch))) {
    database_.roll_back();
    TRY(database_.run("BEGIN IMMEDIATE"));
    TRY(run_apart(batch));
  }
  TRY(transaction->commit());
  const auto to_scrub = [](const Entry& entry) { return entry.afterwards == Afterwards::scrub; };
  if (std::any_of(batch.begin(), batch.end(), to_scrub)) scrub();
  return Nothing{};
}

/// Without a savepoint for each job, in which SQLite copies every page that the job changes. False:
/// one of them failed, so that all must be undone.
Result<bool> Writer::run_all(Batch& batch) {
  for (Entry& entry : batch) {
    run(entry);
    if (!entry.result && of_the_file(entry.result.error())) return entry.result.error();
    if (!entry.result || entry.thrown) return false;
  }
  return true;
}

/// Each so that it can be undone alone.
Result<Nothing> Writer::run_apart(Batch& batch) {
  for (Entry& entry : batch) {
    TRY(database_.run("SAVEPOINT job"));
    run(entry);
    if (!entry.result && of_the_file(entry.result.error())) return entry.result;
    if (!database_.in_transaction()) return out_of_memory();
    if (!entry.result || entry.thrown) TRY(database_.run("ROLLBACK TO job"));
    TRY(database_.run("RELEASE job"));
  }
  return Nothing{};
}

void Writer::run(Entry& entry) {
  entry.result = Nothing{};
  entry.thrown = nullptr;
  try {
    entry.result = entry.job(database_);
  } catch (const DiskLost&) {
    throw;
  } catch (...) {  // a bug in one job: its caller gets it, the others are written
    entry.thrown = std::current_exception();
  }
}

void Writer::scrub() {
  Rows checkpoint = database_.query("PRAGMA wal_checkpoint(TRUNCATE)");
  const auto row = checkpoint.next();
  // The rows are gone in any case; a log that is still being read is overwritten by a later scrub.
  if (!row || checkpoint.integer(0) != 0) log::warning("write-ahead log kept", {{"file", name_}});
}

/// The write-ahead log, however long some reader let it grow, goes into the database and is cut
/// off: nobody has to read it at the next start. While a reader still needs some of it, later
/// again.
void Writer::tidy() {
  const auto checkpoint = [this](Sql how) {
    Rows rows = database_.query(how);
    const auto row = rows.next();
    return row && rows.integer(0) == 0 && rows.integer(1) == rows.integer(2);
  };
  // The second would wait for readers, and so would whoever wants to write; so it may not.
  database_.wait_for_locks(false);
  tidy_ =
      checkpoint("PRAGMA wal_checkpoint(PASSIVE)") && checkpoint("PRAGMA wal_checkpoint(TRUNCATE)");
  database_.wait_for_locks(true);
}

void Writer::answer(Batch& batch, const Result<Nothing>& committed) {
  for (Entry& entry : batch) {
    { const Place freed = std::move(entry.place); }  // first: whoever has an answer finds room
    if (!committed) {
      entry.answer.set_value(committed);
    } else if (entry.thrown) {
      entry.answer.set_exception(entry.thrown);
    } else {
      entry.answer.set_value(std::move(entry.result));
    }
  }
}

}  // namespace kappa::store
