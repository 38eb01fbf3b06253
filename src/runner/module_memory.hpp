// What a module has made of its zygote's memory that calls must not inherit.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace kappa::runner {

/// The file that tells of a process's memory, smaps. None when the kernel does not show it: it does
/// to root, unless that lacks CAP_SYS_PTRACE, and to the process's own user, unless it forbids
/// that.
Fd open_memory(pid_t process);

/// Why calls are not to be forked from a process that has loaded a module, as that file's text has
/// it; "" when they may be, or it has no text. `text_kb`: of program text that it has had in memory
/// of no file, shared with the process that it was forked from.
std::string find_memory_fault(std::string_view smaps, std::int64_t text_kb);

}  // namespace kappa::runner
