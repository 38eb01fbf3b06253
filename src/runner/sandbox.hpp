// The walls around a function's processes, from the inside: each process puts itself behind them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kappa/runner.hpp"
#include "runner/messages.hpp"

namespace kappa::runner {

/// What this machine gives to whoever runs here; tried, not assumed.
struct Host {
  uid_t uid = 0;
  gid_t gid = 0;
  bool namespaces = false;  ///< user, mount, pid, ipc and uts: all of them or none
  bool network_namespace = false;
};

/// A forked process, as fork() gives it, and a descriptor to kill it by.
struct Forked {
  pid_t pid = -1;
  int pidfd = -1;
};

/// fork() into new namespaces (CLONE_NEW... flags), with glibc's and Python's idea of the thread
/// kept right. Only for processes with a single thread.
Forked fork_into(std::uint64_t namespaces);

/// Gives up root for good, when it is there: to "nobody", whom nothing belongs to.
void drop_root();
Host try_host(Isolation isolation);

/// First steps of fn-init: its own user's mapping, /tmp and the hidden folder covered, no
/// privileges left.
void enter_function_walls(const Host& host, const Settings& settings);
/// First steps of a call's child: descriptors 0, 1, 2 and `call` alone stay open (as 3), limits, no
/// privileges.
void enter_call_walls(const Host& host, const RunnerOptions& options, int call, int out, int err);
/// The CLONE_NEW... flags of each.
std::uint64_t function_namespaces(const Host& host);
std::uint64_t call_namespaces(const Host& host);

/// Attempts, from where a call's child is, what each wall forbids. Only for the template, before it
/// ignores SIGCHLD.
std::vector<Layer> try_walls(const Host& host, const Settings& settings);

}  // namespace kappa::runner
