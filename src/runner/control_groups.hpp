// The kernel's control groups, where the server may make them: one for each loaded function, so
// that users share the processors evenly (CpuShares) and no function takes all of the machine's
// memory or processes; and one for the server, which has twice the share of all functions together,
// for all users wait for it.
//
// Version 2 where its controllers were delegated (systemd: Delegate=yes), version 1 where that is
// what there is. A call's own limits do not rest on them, but for what the kernel keeps for it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "kappa/runner.hpp"
#include "runner/cpu_shares.hpp"
#include "runner/terms.hpp"

namespace kappa::runner {

/// Thread-safe, and one in a process. Outlives the groups it has made.
class ControlGroups {
  /// A group's folders, and whether the kernel took its bounds.
  struct Folders {
    std::vector<std::filesystem::path> all;
    std::filesystem::path memory;  ///< that of them which bounds memory
    std::filesystem::path cpu;     ///< that which shares the processors
    std::filesystem::path usage;   ///< the file that tells their use
    bool unified = false;          ///< version 2
    bool bounded = true;
  };

 public:
  /// A function's group. Goes when its last process has.
  class Group {
   public:
    Group(ControlGroups& in, Folders folders, std::int64_t bytes_of_call);
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    ~Group() { in_.leave(std::move(folders_.all)); }
    /// Takes in a process, unless that has ended, and those it forks later. Why the group does not
    /// hold it now, or "".
    std::string add(pid_t pid) const;
    /// Bounds its memory, the kernel's for it included, to what so many calls at a time may have,
    /// and itself: at first, one. False when about as much is in use, so that it stays as it was.
    bool give_memory(std::int64_t calls);
    /// Whether more than half of it is in use.
    bool is_short_of_memory() const;

    /// CPU time that its processes have used in it, those that have ended included, in
    /// microseconds; -1 when the kernel does not tell.
    std::int64_t cpu_us() const;
    /// Gives it its share of the processors, by what its processes have used since the first time;
    /// its calls are that user's.
    void share(std::int64_t owner);
    /// Gives it as little as can be, until share(): what is there now waits, or ought to.
    void rest();

   private:
    std::int64_t memory_used() const;
    void give_weight(std::int64_t weight);  // by whoever holds weight_mutex_

    ControlGroups& in_;
    Folders folders_;
    const Fd usage_;
    const std::int64_t bytes_of_call_;
    std::atomic<std::int64_t> bytes_;
    CpuShares::Function share_;
    std::mutex weight_mutex_;  // who last chose a weight is the last to tell the kernel
    std::int64_t weight_;      // as the kernel was last told, guarded by weight_mutex_
    std::optional<std::int64_t> shared_us_;  // what counts in that, guarded by weight_mutex_
  };

  /// Finds what may be used, puts this process into the server's group, with all its threads, and
  /// removes what an earlier server left.
  ControlGroups();
  ~ControlGroups();
  ControlGroups(const ControlGroups&) = delete;
  ControlGroups& operator=(const ControlGroups&) = delete;

  /// Nothing when there are none to be had.
  std::unique_ptr<Group> make(const Terms& terms);
  /// Takes the template out of the server's group: what it forks is not to go before functions.
  void add_template(pid_t pid) const;
  /// Removes groups whose processes have ended. To be called about once a second.
  void tidy();
  Layer layer() const;

 private:
  struct Controller {
    std::string name;
    std::filesystem::path folder;  ///< of functions' groups
    bool unified = false;          ///< version 2
  };
  struct Bounds {
    std::int64_t bytes = 0;
    std::int64_t processes = 0;
  };
  bool find(const std::string& name);
  void enter();
  void remove() const;
  const Controller& cpu() const { return controllers_.back(); }  // when there are any
  std::string new_name();
  Folders make_folders(const std::string& name, const Bounds& bounds) const;
  bool bounds_hold() const;
  void leave(std::vector<std::filesystem::path> folders);

  CpuShares shares_;
  std::vector<Controller> controllers_;
  std::string unified_path_;
  std::string missing_;  ///< why there are none
  std::atomic<std::uint64_t> made_ = 0;
  std::mutex mutex_;
  std::vector<std::filesystem::path> leaving_;  // guarded by mutex_
};

}  // namespace kappa::runner
