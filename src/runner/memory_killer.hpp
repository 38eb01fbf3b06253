// Whom the kernel ends when memory runs out, a function's or the machine's: a function before the
// template and the server, and of a function a call that has gone on for a while before the
// zygote, which would take all other calls with it. Not a wall: some machines forbid it.
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
