// Which system calls a function's processes may make: a list of what is allowed; to all others the
// kernel answers as if it did not have them.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/fd.hpp"

namespace kappa::runner {

/// Who hears of some of a process's calls before they are made.
enum class Listener {
  none,
  rate,    ///< of those that make a process: it sets their pace
  rewind,  ///< there may be one that each process makes for itself, and one for its memory
};

struct SystemCallRules {
  bool internet = false;  ///< sockets of the Internet's families
  bool netlink = false;   ///< asking which addresses this machine has, as getaddrinfo does
  Listener listener = Listener::none;
};

/// Whether this kernel, and whoever runs Kappa in a container, has Listener::rate.
bool can_tell_of_system_calls();

/// The program that the kernel runs before each call.
std::vector<sock_filter> make_system_call_filter(const SystemCallRules& rules);
/// A second one: refuses some uses of calls that the first one allows.
std::vector<sock_filter> make_refusal_filter();

/// Puts one around this process and all it forks, for good. False when this kernel has no filters.
/// Wants no_new_privs.
bool restrict_system_calls(const std::vector<sock_filter>& filter);
/// The same with one for Listener::rate, which is given; none when this kernel has none, or there
/// is one already.
Fd restrict_process_rate(const std::vector<sock_filter>& filter);

}  // namespace kappa::runner
