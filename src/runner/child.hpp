// A process that a function's call runs in, from the server's side.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "runner/frames.hpp"
#include "runner/messages.hpp"
#include "runner/pidfd.hpp"
#include "runner/usage.hpp"

namespace kappa::runner {

class CpuAccount;

/// Used by one thread at a time. Letting go of it kills the process, and with it all it started.
class Child {
 public:
  /// The server's ends of what its zygote was told to connect it to.
  Child(FrameSocket call_end, FrameSocket life_end, Fd out_end, Fd err_end)
      : call(std::move(call_end)),
        life(std::move(life_end)),
        out(std::move(out_end)),
        err(std::move(err_end)) {}
  Child(Child&&) = default;
  Child& operator=(Child&&) = delete;
  ~Child() { kill(); }

  /// Waits until it can take a call; false when it cannot be had until then.
  /// `is_ours()` judges the process that its zygote names: that is not to be believed.
  bool wait_ready(Deadline deadline, const std::function<bool(const Identity&)>& is_ours);
  /// Takes note of which process it is, when its zygote has told; false when it has not.
  bool introduced(Deadline deadline);
  /// How it ended, when that is why it could not be had, and its zygote says so. It has used no
  /// more CPU time than there was since it was asked for.
  std::optional<Ended> ended_before_ready();
  bool alive() const;
  void kill();
  /// Has it write its Python stack to `err`. It is to be killed then.
  void ask_for_stack() const;

  int pidfd() const { return pidfd_.get(); }
  pid_t pid() const { return identity_.pid; }

  /// Hands it to a rewinder: from here on it can be put back. False when that is gone.
  bool be_rewound_by(const FrameSocket& rewinder);
  /// Whether it has been put back since its last call. `gone`: it was, and then it, or its
  /// rewinder, has ended.
  enum class Rewind { waiting, done, failed, gone };
  Rewind rewind();
  /// Why it failed.
  const std::string& rewind_fault() const { return rewind_fault_; }
  bool rewindable() const { return static_cast<bool>(rewinder_); }
  /// All that descend from it are about to end: what they have used is kept in mind.
  void end_others();
  /// It is given a call: what it used for earlier ones is not this one's.
  void use();

  FrameSocket call;
  FrameSocket life;  ///< its zygote says here that it was made, and how it ended
  Fd out;
  Fd err;
  std::string refusal;                ///< why its module did not load, where it loads in each call
  std::shared_ptr<int> counted;       ///< see LoadedFunction::rewindables()
  CpuAccount* cpu_account = nullptr;  ///< its function's, where that has one
  std::int64_t calls = 0;             ///< that it has served
  std::int64_t cpu_us = 0;            ///< that those took
  std::optional<Meter> meter;         ///< of what it uses, once that was asked for
  bool in_group = false;              ///< it is in its function's
  bool long_turns = false;            ///< it has them, from an earlier call or this one
  bool goes_first = false;  ///< when memory runs out, as marked in an earlier call or this one
  Deadline idle_since{};

 private:
  void hurry() const;
  bool wait_rewound(Deadline deadline);
  /// Drops what a call printed after its answer; false when it sent a second answer.
  bool hush();

  Fd named_;  ///< what its zygote says that it is: not to be killed before that was looked at
  Fd pidfd_;
  Identity identity_;
  Deadline asked_for_ = std::chrono::steady_clock::now();
  bool ready_ = false;
  bool killed_ = false;
  FrameSocket rewinder_;  ///< which tells there that it has been put back
  bool rewound_ = false;
  std::string rewind_fault_ = "its rewinder is gone";  ///< until that says another reason
};

}  // namespace kappa::runner
