// A function's zygote, from the server's side, and the children that wait for its calls.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "kappa/core.hpp"
#include "runner/frames.hpp"
#include "runner/messages.hpp"
#include "runner/template_process.hpp"

namespace kappa::runner {

/// The server's ends of a call's process.
struct Child {
  FrameSocket call;
  FrameSocket life;  ///< its zygote says here that it was made, and how it ended
  Fd out;
  Fd err;
};

/// Thread-safe. Calls hold it while they run, also when it is unloaded meanwhile.
class LoadedFunction {
 public:
  /// Has a zygote load the module. unacceptable: the code cannot be used; says why. unavailable: no
  /// process can be made.
  static Result<std::shared_ptr<LoadedFunction>> load(TemplateProcess& from, const Module& module,
                                                      const RunnerOptions& options);
  LoadedFunction(TemplateProcess::Started zygote, Signature signature,
                 const RunnerOptions& options);
  ~LoadedFunction();

  const Signature& signature() const { return signature_; }

  /// A child that was forked ahead, else a new one; nothing when the zygote is gone.
  std::optional<Child> take();
  /// Forks ahead until as many wait as are wanted.
  void refill();

  /// A call's process, to be killed when the function is unloaded; false when it is unloaded
  /// already.
  bool begin(int pidfd);
  void end(int pidfd);
  std::size_t running() const;

  /// Kills the calls and the zygote with all its children.
  void unload();
  bool unloaded() const { return unloaded_; }
  /// The zygote does not answer any more: the function must be loaded again.
  void mark_broken() { broken_ = true; }
  bool usable() const { return !broken_ && !unloaded_; }

 private:
  std::optional<Child> spawn();

  const Signature signature_;
  const RunnerOptions& options_;
  const Fd init_pidfd_;
  std::atomic<bool> unloaded_ = false;
  std::atomic<bool> broken_ = false;
  mutable std::mutex mutex_;
  FrameSocket control_;  // guarded by mutex_, as the rest
  std::deque<Child> spares_;
  std::set<int> running_;
};

/// Sends SIGKILL to a process, and with it to all that live in its namespace.
void kill_process(int pidfd);

}  // namespace kappa::runner
