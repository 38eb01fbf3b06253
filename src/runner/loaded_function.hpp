// A function's zygote, from the server's side, and the children that wait for its calls.
#pragma once

#include <atomic>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "kappa/core.hpp"
#include "runner/child.hpp"
#include "runner/cpu_account.hpp"
#include "runner/homes.hpp"
#include "runner/messages.hpp"
#include "runner/module_load.hpp"
#include "runner/stowaways.hpp"
#include "runner/terms.hpp"

namespace kappa::runner {

/// Thread-safe. Calls hold it while they run, also when it is unloaded meanwhile.
class LoadedFunction {
 public:
  /// Has a zygote load the module. unacceptable: the code cannot be used; says why. unavailable: no
  /// process can be made, or no control group holds it where one must. `name` is what the log calls
  /// it.
  static Result<std::shared_ptr<LoadedFunction>> load(Homes& homes, Module module,
                                                      const Terms& terms,
                                                      const RunnerOptions& options,
                                                      const std::string& name);
  LoadedFunction(Home home, LoadedModule loaded, const Terms& terms, const RunnerOptions& options,
                 std::string name);
  ~LoadedFunction();

  const Signature& signature() const { return signature_; }
  const Terms& terms() const { return terms_; }
  /// As terms(), but that its calls are fresh once it was found that they cannot be put back.
  Terms terms_in_force() const;
  /// How long a child may take to be ready, beyond being made: the time of a module that is loaded
  /// in each call.
  std::int64_t load_within_ms() const { return load_within_ms_; }

  /// A child that has served calls and may serve more, or that was forked ahead; else a new one.
  /// Nothing when the zygote is gone. Whoever takes says done(). `owner` is the function's.
  std::optional<Child> take(std::int64_t owner);
  /// False when its processes ended with the template, which none of them can end.
  bool template_lives() const { return !has_ended(template_pidfd_->get()); }
  /// Of each process's memory that all functions' processes share.
  std::int64_t text_kb() const { return text_kb_; }
  /// False when the process that puts back its calls' has ended, and it lives on without.
  bool rewinder_lives() const;
  /// Whether that process was forked by this function's zygote.
  bool has_forked(const Identity& child);
  /// The child has done its call and may serve another, when the terms say so.
  void give_back(Child child);
  /// Why a child could not be put back. After some of these in a row calls are fresh.
  void note_rewind(const std::string& fault);
  void done();
  /// Puts all its processes into its control group, or logs that none holds it, and looks at its
  /// memory: some milliseconds that no call waits for.
  void settle();
  bool settled() const;
  /// Whether its calls that run use more than half of the memory that they may have together.
  bool is_short_of_memory() const { return group_ && group_->is_short_of_memory(); }
  /// One of its calls has used so much CPU time more, as its processes tell; `owner` is the
  /// function's. What it is to be charged, `most_us` at most: that, and what they do not tell.
  std::int64_t charge(std::int64_t owner, std::int64_t told_us, std::int64_t most_us);
  /// Its processes have been in its group since they were made.
  bool made_in_group() const { return made_in_group_; }
  /// Whether fewer wait than have lately been wanted at a time.
  bool needs_refill() const;
  /// Forks ahead until as many do.
  void refill();
  /// Lets go of children that have waited too long, and of the whole when processes live in it that
  /// nobody asked for: a module can have its zygote fork more than it is told to. To be called
  /// about once a second.
  void tidy();

  std::size_t running() const;
  /// Since its last call ended, or since it was loaded.
  std::int64_t idle_ms() const;
  /// Memory of its own, its waiting children's included; an estimate.
  std::int64_t memory_kb() const;

  /// Kills the zygote with all its children.
  void unload();
  /// The zygote does not answer any more: the function must be loaded again.
  void mark_broken() { broken_ = true; }
  bool usable() const { return !broken_ && !unloaded_; }

 private:
  std::optional<Child> spawn(FrameType how);
  std::optional<Child> take_waiting();
  std::optional<Child> take_kept();
  std::size_t wanted() const;
  bool rewinds() const { return terms_.state == State::rewind && !rewind_off_; }
  /// How many children there are, in use or not, that can be put back.
  std::size_t rewindables() const;
  bool wants_rewindable() const;
  void refill_spares();
  void refill_rewindables();
  void count_rewind(const std::string& fault);
  void lose_rewinder();
  void enter_group();
  std::size_t memory_wanted() const;
  void give_memory();

  const std::string name_;
  const Signature signature_;
  const Terms terms_;
  const std::int64_t load_within_ms_;
  const RunnerOptions& options_;
  const std::unique_ptr<ControlGroups::Group> group_;
  const std::unique_ptr<CpuAccount> cpu_account_;  // where there is a group
  const std::int64_t inherited_kb_;
  const bool made_in_group_;
  std::atomic<bool> in_group_;  // its own, with all its processes but the rewinder
  const std::shared_ptr<const Fd> template_pidfd_;
  const std::int64_t text_kb_;
  const Fd init_pidfd_;
  const pid_t init_pid_;
  Stowaways stowaways_;  // guarded by mutex_
  std::atomic<bool> unloaded_ = false;
  std::atomic<bool> broken_ = false;
  std::atomic<bool> rewind_off_ = false;
  const FrameSocket rewinder_;  // written to by refill() alone
  const std::shared_ptr<int> rewindables_ = std::make_shared<int>();  // each such child has a copy
  mutable std::mutex mutex_;
  FrameSocket control_;  // guarded by mutex_, as the rest
  std::deque<Child> spares_;
  std::list<Child> kept_;  // that have served calls and may serve more; the longest waiting first
  pid_t zygote_pid_ = -1;  // once it has forked one
  std::int64_t zygote_kb_ = 1024;  // a guess, until it is looked at
  bool settled_ = false;
  std::int64_t calls_ = 0;
  int rewind_faults_ = 0;  // in a row
  std::size_t running_ = 0;
  std::size_t lately_running_ = 0;  // at a time, at most; falls by one a second
  std::size_t memory_of_ = 1;       // so many calls its group may have
  Deadline last_used_ = std::chrono::steady_clock::now();
};

}  // namespace kappa::runner
