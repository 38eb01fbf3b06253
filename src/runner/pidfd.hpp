// Processes by their descriptors: a number may become another process's, a descriptor never does.
#pragma once

#include <sys/types.h>

namespace kappa::runner {

/// A process and whoever forked it, by their numbers here; both -1 when it is gone.
struct Identity {
  pid_t pid = -1;
  pid_t parent = -1;
};

/// Of the process behind a descriptor; as gone for a thread's, and for any other.
Identity identify(int pidfd);
/// As identify(), on kernels that tell it in files alone (before Linux 6.13); as gone, too, for one
/// that has ended.
Identity identify_by_files(int pidfd);

/// Whether a process has ended; also when it was reaped. False when there is no descriptor of it.
bool has_ended(int pidfd);

/// Sends SIGKILL to a process, and with it to all that live in its namespace.
void kill_process(int pidfd);

}  // namespace kappa::runner
