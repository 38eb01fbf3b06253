// Turns on a processor. A call that goes on for long gets longer ones than others, of the same
// share: whoever wakes up with a shorter one goes first, instead of waiting for a tick or two. So
// short calls, and the server itself, hardly notice functions that use all processors (ADR 14).
#pragma once

#include <sys/types.h>

namespace kappa::runner {

/// Gives long turns to every thread of a process and of those that descend from it; what they start
/// inherits them. Linux 6.12 and later know of it, others do nothing; nor may an ordinary user's
/// server do it to processes of another user. Either way nothing else changes.
void give_long_turns(pid_t root);
/// Gives them the usual ones.
void give_usual_turns(pid_t root);
/// Has a process that is to end, all its threads, go before the others of its function, which end
/// with it and have long turns. Needs CAP_SYS_NICE; without it all stays as it is. What it forks
/// inherits that.
void go_before_others(pid_t process);

}  // namespace kappa::runner
