// Where a function is to live: a zygote that waits for its module, and the function's control
// group.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runner/control_groups.hpp"
#include "runner/template_process.hpp"
#include "runner/terms.hpp"

namespace kappa::runner {

struct Home {
  TemplateProcess::Started zygote;
  std::unique_ptr<ControlGroups::Group> group;  ///< none where there are no control groups
  bool in_group = false;                        ///< its processes are in the group
  bool opened = false;                          ///< open() has set what follows
  Fd memory{};                                  ///< the zygote's, as open_memory() gives it
  std::int64_t inherited_kb = 0;                ///< what of it was there before a module

  /// Waits until the zygote can load a module, and opens its memory before a module can forbid
  /// that. False when it has ended, or does not get there in time.
  bool open(Deadline deadline);
  pid_t init() const;
  bool with_rewinder() const { return static_cast<bool>(zygote.rewinder); }
};

/// Puts a function's processes into its group, but for its rewinder: what that remembers is not
/// memory that the function uses. While a process is moved the kernel forks none anywhere, for some
/// milliseconds. Why the group does not hold them now, or "".
std::string put_in(const ControlGroups::Group& group, pid_t init, bool with_rewinder);

/// Makes them, one ahead of need. Thread-safe.
class Homes {
 public:
  Homes(TemplateProcess& from, ControlGroups& groups) : from_(from), groups_(groups) {}

  /// unavailable: no process can be made.
  Result<Home> make(const Terms& terms);
  /// Has one ready, in its group, for the next function on those terms.
  void prepare(const Terms& terms);

 private:
  struct Ready {
    Terms terms;
    Home home;
  };
  std::optional<Home> take_ready(const Terms& terms);
  bool has_ready(const Terms& terms) const;

  TemplateProcess& from_;
  ControlGroups& groups_;
  mutable std::mutex mutex_;
  std::optional<Ready> ready_;  // guarded by mutex_
};

}  // namespace kappa::runner
