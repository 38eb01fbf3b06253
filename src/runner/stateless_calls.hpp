// Which system calls leave nothing behind in a process that is put back afterwards but memory and
// descriptors.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

namespace kappa::runner {

/// Has the kernel tell a listener of every other call; it does not forbid any.
std::vector<sock_filter> make_stateless_call_filter();

/// A system call's name, for people.
std::string name_of_system_call(int number);

}  // namespace kappa::runner
