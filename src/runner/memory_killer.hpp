// Whom the kernel ends when memory runs out, a function's or the machine's: a function before the
// template and the server, and of a function that is short of it a call before the
// zygote, unless that has far more memory: with it go all other calls. Not a wall: some machines
// forbid it.
#pragma once

#include <sys/types.h>

namespace kappa::runner {

/// This process, and all it forks, is to go as a function's.
void go_as_a_function();
/// A process and those that descend from it are to go first; what they fork inherits that.
void go_as_a_call(pid_t root);
/// They are to go as their function again.
void go_as_a_function(pid_t root);

}  // namespace kappa::runner
