// SQLite's online backup, inside a read transaction: without one it begins anew at every write.
#include "store/snapshot.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "base/fd.hpp"

namespace kappa::store {
namespace {

// 1 MiB of pages: on a slow disk some milliseconds, so nobody's fsync waits long behind them.
constexpr int pages_at_a_time = 256;
constexpr off_t write_back_bytes = 1 << 20;
// As many as a writer lets gather before it moves them itself (SQLite's wal_autocheckpoint).
constexpr std::int64_t few_pages = 1000;
constexpr int most_turns = 50;

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close(connection); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

Error failed(const std::filesystem::path& file, sqlite3* connection) {
  return failure(file.string(), sqlite3_extended_errcode(connection), sqlite3_errmsg(connection));
}

Result<Connection> open_copy(const std::filesystem::path& to, const char* pragmas) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(to.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Connection connection(opened);
  if (connection == nullptr) throw std::bad_alloc();
  if (code != SQLITE_OK) return failed(to, opened);
  if (sqlite3_exec(opened, pragmas, nullptr, nullptr, nullptr) != SQLITE_OK)
    return failed(to, opened);
  return connection;
}

/// A courtesy to others, which a file system may leave undone. 0 bytes: to the end.
void flush(int fd, off_t at, off_t bytes) {
  ::sync_file_range(
      fd, at, bytes,
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

/// All pages, without a journal: a copy cut short is thrown away. Half the time it rests, for
/// whoever waits for the disk or a processor.
Result<Nothing> copy_pages(sqlite3* from, const std::string& name, const std::filesystem::path& to,
                           int fd) {
  const Connection connection =
      TRY(open_copy(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF"));
  sqlite3_backup* backup = sqlite3_backup_init(connection.get(), "main", from, "main");
  if (backup == nullptr) return failed(to, connection.get());
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    const auto began = std::chrono::steady_clock::now();
    code = sqlite3_backup_step(backup, pages_at_a_time);
    flush(fd, 0, 0);
    if (code == SQLITE_OK) std::this_thread::sleep_for(std::chrono::steady_clock::now() - began);
  }
  const int finished = sqlite3_backup_finish(backup);
  if (code == SQLITE_DONE) code = finished;
  if (code == SQLITE_OK) return Nothing{};
  return failure(name + " or " + to.string(), code, sqlite3_errstr(code));  // which is not known
}

/// How many pages of the log are in the database; nothing while another moves some.
std::optional<std::int64_t> move_log(Database& writer) {
  Rows rows = writer.query("PRAGMA wal_checkpoint(PASSIVE)");
  const auto row = rows.next();
  if (row && *row && rows.integer(0) == 0) return rows.integer(2);
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return std::nullopt;
}

/// Puts a file's pages on the disk a few at a time, so that nobody's fsync waits long behind them.
/// What cannot be written the writer's own sync finds.
void write_back(int fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return;
  for (off_t at = 0; at < file.st_size; at += write_back_bytes) flush(fd, at, write_back_bytes);
  ::fdatasync(fd);
}

}  // namespace

Result<Snapshot> Snapshot::take(const std::filesystem::path& file) {
  Snapshot snapshot(file, TRY(Database::open(file, {.read_only = true})));
  TRY(snapshot.database_.run("BEGIN"));
  TRY(snapshot.database_.run("SELECT 1 FROM sqlite_master LIMIT 1"));  // begins in truth
  return snapshot;
}

void Snapshot::end(Snapshot snapshot) {
  // Closed behind the connections: that drops all of this process's locks on the file.
  const Fd file(::open(snapshot.file_.c_str(), O_RDONLY | O_CLOEXEC));
  auto writer = Database::open(snapshot.file_, {.must_exist = true});  // a day of logs may be gone
  // Whoever moves the last of the log syncs the database, and would wait for all that was moved. So
  // a snapshot of now keeps the others from it, until this has synced what it moved.
  std::optional<Snapshot> held(std::move(snapshot));
  std::int64_t before = 0;
  for (int turn = 0; writer && turn < most_turns; ++turn) {
    auto next = take(held->file_);
    if (!next) return;
    held.emplace(*std::move(next));
    const auto moved = move_log(*writer);
    if (!moved) continue;
    write_back(file.get());
    if (*moved - before < few_pages) return;
    before = *moved;
  }
}

Result<Nothing> Snapshot::copy(const std::filesystem::path& to) {
  const Fd fd(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd)
    return Error{Code::unavailable, to.string() + " cannot be made: " + std::strerror(errno)};
  TRY(copy_pages(database_.connection_.get(), database_.name(), to, fd.get()));
  // The first page, copied like the others, says that there is a log; a connection that has read
  // it there can take it back.
  TRY(open_copy(to, "PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE"));
  return Nothing{};
}

}  // namespace kappa::store
