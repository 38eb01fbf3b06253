// Which system calls a function's processes may make: a list of what is allowed; to all others the
// kernel answers as if it did not have them.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace kappa::runner {

struct SystemCallRules {
  bool internet = false;  ///< sockets of the Internet's families
  bool netlink = false;   ///< asking which addresses this machine has, as getaddrinfo does
  bool rewind = false;    ///< having one's own memory and system calls watched
};

/// The program that the kernel runs before each call.
std::vector<sock_filter> make_system_call_filter(const SystemCallRules& rules);
/// A second one: refuses some uses of calls that the first one allows.
std::vector<sock_filter> make_refusal_filter();

/// Puts one around this process and all it forks, for good. False when this kernel has no filters.
/// Wants no_new_privs.
bool restrict_system_calls(const std::vector<sock_filter>& filter);

}  // namespace kappa::runner
