// Processes of a function that nobody asked for: its module can leave some behind when it is
// loaded, or have its zygote fork more than it is told to.
#pragma once

#include <sys/types.h>

#include <map>
#include <set>

namespace kappa::runner {

/// The zygote of the function whose fn-init that is; -1 when the function ends. `with_rewinder`: it
/// has forked a rewinder before.
pid_t zygote_of(pid_t init, bool with_rewinder);

/// Used by one thread at a time.
class Stowaways {
 public:
  /// Of a function, as zygote_of().
  Stowaways(pid_t init, bool with_rewinder) : init_(init), with_rewinder_(with_rewinder) {}

  /// That one was asked for.
  void expect(pid_t child) { expected_.insert(child); }
  /// Whether there are any now. A child that was not yet expected counts too.
  bool any() const;
  /// To be called about once a second: whether one has been there for some seconds. A child that
  /// was killed takes a moment to die, and one that was just forked one to be known.
  bool settled();

 private:
  std::set<pid_t> now() const;

  const pid_t init_;
  const bool with_rewinder_;
  std::set<pid_t> expected_;
  std::map<pid_t, int> looks_;  // how often in a row each was there
};

}  // namespace kappa::runner
