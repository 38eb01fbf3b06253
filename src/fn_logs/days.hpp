// The day files: which exist, and the few that are open.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "store/file.hpp"

namespace kappa::fn_logs {

/// Days since 1970-01-01 UTC.
using Day = std::int64_t;
Day day_of(Timestamp ts);
/// When an execution's id was made, to the millisecond, if it is of version 7; else 0.
Timestamp made_at(const Uuid& exec_id);
/// The first day an execution can have printed on: its id, if it is of version 7, begins with the
/// milliseconds of its making. One day less, for clocks that were set back.
Day first_day(const Uuid& exec_id);

class Days;

/// An open file; stays open at least as long as this.
class DayFile {
 public:
  DayFile(DayFile&& other) noexcept
      : days_(std::exchange(other.days_, nullptr)), day_(other.day_), file_(other.file_) {}
  DayFile& operator=(DayFile&&) = delete;
  ~DayFile();
  store::File* operator->() const { return file_; }
  store::File& operator*() const { return *file_; }
  /// It turned out to be damaged when something was to be written: once nobody uses it, whoever
  /// opens the day sets it aside and has another.
  void distrust() const;

 private:
  friend class Days;
  DayFile(Days& days, Day day, store::File* file) : days_(&days), day_(day), file_(file) {}
  Days* days_;
  Day day_;
  store::File* file_;  ///< null while it is being opened
};

/// Thread-safe. A few files are open at a time, never more; the newest days' stay open longest.
/// Whoever holds one must not ask for another, or all may wait for each other.
class Days {
 public:
  Days(std::filesystem::path directory, const Clock& clock)
      : directory_(std::move(directory)), clock_(clock) {}

  /// Opens a day's file, making it if need be; one that is no database any more is set aside, and
  /// another made. unavailable: it cannot be opened, or all that may be open were in use for two
  /// seconds.
  Result<DayFile> open(Day day);
  /// The days that have a file, newest first.
  Result<std::vector<Day>> list() const;
  /// Removes a day's files, copies of them included. False while somebody uses them.
  bool remove(Day day);

 private:
  friend class DayFile;
  struct Slot {
    int users = 0;
    std::unique_ptr<store::File> file = nullptr;  ///< null while it is being opened
    bool damaged = false;
  };

  std::filesystem::path path_of(Day day) const;
  bool can_open(Day day);
  std::map<Day, Slot>::iterator oldest_idle();
  std::unique_ptr<store::File> make_room();
  Result<DayFile> open_in(Slot& slot, DayFile opening);
  Result<std::unique_ptr<store::File>> open_file(Day day);
  Result<Nothing> put_aside(Day day, const std::string& reason) const;
  void give_back(Day day);

  const std::filesystem::path directory_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::map<Day, Slot> slots_;  ///< guarded by mutex_
};

}  // namespace kappa::fn_logs
