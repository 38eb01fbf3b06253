// What a module has made of its zygote's memory that calls must not inherit.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace kappa::runner {

/// The file that tells of a process's memory, smaps. None when the kernel does not show it: it does
/// to root, unless that lacks CAP_SYS_PTRACE, and to the process's own user, unless it forbids
/// that.
Fd open_memory(pid_t process);

/// The machine code of a process, as that file's text has it.
class ProgramText {
 public:
  ProgramText() = default;  ///< not known: nothing is a change of it
  explicit ProgramText(std::string_view smaps);

 private:
  friend std::string find_memory_fault(std::string_view smaps, const ProgramText& text);

  std::map<std::string, std::int64_t, std::less<>> anonymous_kb_;  // of each mapping
};

/// Why calls are not to be forked from a process that has loaded a module, as that file's text has
/// it; "" when they may be, or it has no text. `text`: of the process that it was forked from.
std::string find_memory_fault(std::string_view smaps, const ProgramText& text);

}  // namespace kappa::runner
