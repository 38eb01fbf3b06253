// What a process has used, as the kernel tells the server; the process cannot say otherwise.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace kappa::runner {

/// It and all that descend from it, parents first.
std::vector<pid_t> tree_of(pid_t pid);

/// The threads of a process; none when it is gone.
std::vector<pid_t> threads_of(pid_t pid);

/// The process that forked it, -1 when either is gone.
pid_t parent_of(pid_t pid);

/// Its children, those that its threads have forked included; none when this kernel does not tell
/// (CONFIG_PROC_CHILDREN).
std::vector<pid_t> children_of(pid_t pid);
/// Those that have not ended.
std::vector<pid_t> living_children_of(pid_t pid);

/// Memory of a process that is of no file, in KiB, what it shares with others included; 0 when that
/// is not to be known.
std::int64_t anonymous_memory_kb(pid_t pid);

/// Memory that it and its descendants share with nobody else, in KiB; 0 when that is not to be
/// known.
std::int64_t own_memory_kb_of_tree(pid_t pid);

/// Memory of it and its descendants, files left out, in KiB; what they share counts once where the
/// kernel tells (it does not tell an ordinary user), else for each of them, but for `text_kb`: of
/// memory that all processes of this program share, and of which none is the tree's.
std::int64_t memory_kb_of_tree(pid_t pid, std::int64_t text_kb);

/// Of the machine; at least one.
std::int64_t processors();

/// CPU time of a process's threads, those that have ended included; 0 when it is gone.
std::int64_t own_cpu_us(pid_t pid);

/// CPU time that the kernel tells of; 0 of a process that is gone.
struct CpuTold {
  std::int64_t cpu_us = 0;     ///< of threads, and of processes that were waited for
  std::int64_t unsure_us = 0;  ///< may be missing: of the latter it tells in hundredths of a second
};
CpuTold cpu_told_by(pid_t pid);
/// By it and all that descend from it. Nothing of those that end meanwhile is missing, as long as
/// they are waited for; some may be there twice.
CpuTold cpu_told_by_tree(pid_t pid);

/// What a process has used. `cpu_us` and `peak_memory_kb` are 0 when it is gone.
struct Use {
  std::int64_t cpu_us = 0;          ///< of its threads and of all processes that descend from it
  int others = 0;                   ///< such processes that there are
  bool had_others = false;          ///< there are some, or were
  std::int64_t peak_memory_kb = 0;  ///< resident at a time, at most, since Meter::begin()
  bool other_program = false;  ///< than this process's: it has executed one since it was forked
};

/// Tells what one process uses. Its files in /proc stay open from one look to the next, for most of
/// a look is opening them; they are that process's, and no later one's of its number. Used by one
/// thread at a time.
class Meter {
 public:
  explicit Meter(pid_t pid) : pid_(pid) {}
  Use look();
  /// It has ended by itself, and used so much with those that it had waited for. What is more than
  /// it can have used since the last look is theirs, who were seen then.
  void end(std::int64_t cpu_us);
  /// It has ended, or is about to, and with it all that descend from it: what those have used that
  /// nobody will tell of then.
  std::int64_t end_others();
  /// Has the most memory that it had at a time counted anew, from what it has now; without this it
  /// counts since its program began.
  void begin();

 private:
  /// What tells that its memory is as it was.
  struct Signs {
    std::int64_t faults = -1;
    std::int64_t resident_pages = -1;
    bool operator==(const Signs&) const = default;
  };

  std::string read(Fd& file, const std::string& name) const;
  void see_memory();

  pid_t pid_;
  Fd stat_;
  Fd children_;
  Fd status_;
  Fd clear_refs_;
  Use seen_;
  std::int64_t self_us_ = 0;    // at the last look, with those that it had waited for
  std::int64_t others_us_ = 0;  // of those that nobody will have waited for when it has ended
  std::chrono::steady_clock::time_point looked_at_{};
  Signs signs_;              ///< when its memory was last looked at
  bool has_shrunk_ = false;  ///< it had less then than it had had at a time
};

}  // namespace kappa::runner
