// The walls around a function's processes, from the inside: each process puts itself behind them.
//
// template   an unprivileged user; a file tree of its own in a mount namespace
// fn-init    user, process, mount, IPC, host name and network namespaces of a function
// zygote     no privileges, Landlock, system call filter: from here on runs the function's code
// call       user and process namespaces of its own, a slot as its root, limits
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kappa/runner.hpp"
#include "runner/function_users.hpp"
#include "runner/messages.hpp"
#include "runner/system_calls.hpp"

namespace kappa::runner {

/// What this machine gives to whoever runs here; tried, not assumed.
struct Host {
  User user;             ///< the template's
  bool filters = false;  ///< Landlock and system call filters are wanted, where the kernel has them
  bool namespaces = false;  ///< user, mount, process, IPC and host name: all of them or none
  bool network_namespace = false;
  bool function_users = false;    ///< each function can have a user of its own
  std::string rewind_fault = {};  ///< why processes cannot be put back, or ""
  std::int64_t rewind_audit = 0;  ///< RunnerOptions::rewind_audit
  bool process_rate = false;      ///< how fast processes are made can be bounded
  /// System call filters, made once: by whether there is a network, and by Listener.
  std::array<std::array<std::vector<sock_filter>, 3>, 2> system_calls = {};
  std::vector<sock_filter> refused_calls = {};    ///< beside each of those
  std::vector<sock_filter> stateless_calls = {};  ///< of a process that is put back
};

/// A forked process, as fork() gives it, and a descriptor to kill it by.
struct Forked {
  pid_t pid = -1;
  int pidfd = -1;
};

/// fork() into new namespaces (CLONE_NEW... flags), with glibc's idea of the thread kept right.
/// Only for processes with a single thread.
Forked fork_into(std::uint64_t namespaces);
/// The CLONE_NEW... flags of each.
std::uint64_t function_namespaces(const Host& host, Network network);
std::uint64_t call_namespaces(const Host& host);

/// What tools like ps call this process.
void name_process(const char* name);

/// Gives up root for good, when it is there: to a user that nobody has, for whoever has the same
/// user may do anything in its namespace; to "nobody" where this machine has no such user.
void drop_root();
Host try_host(const TemplateSettings& settings, const UserMapper& users);

/// Takes on the user of the next function; the template becomes itself again with take_user().
/// Nothing when it cannot.
std::optional<User> become_function_user();

/// The template's: where the machine permits it, a file tree of its own.
void enter_template_walls(const Host& host, const TemplateSettings& settings,
                          const UserMapper& users);
/// fn-init's first steps, as that user. Gives the folder that its slots are in.
std::string enter_function_walls(const Host& host, const User& user, const Walls& walls);
/// The zygote's, before it runs anything of the function's. Gives what hears of the processes that
/// it and its calls make, and has to let them go on; none where nothing bounds their rate.
Fd enter_zygote_walls(const Host& host, const Walls& walls, const std::string& scratch);

/// When the module is loaded: from here on it forks a process per call.
void allow_children();

/// What a call's child is given besides the walls.
struct CallPlace {
  std::string root;  ///< its slot's folder
  int call = -1;     ///< becomes descriptor 3; 0 to 2 and 3 alone stay open
  int out = -1;
  int err = -1;
};
/// A call's first steps, in a process that serves at most so many; 0: no matter how many.
void enter_call_walls(const Host& host, const Limits& limits, std::int64_t calls,
                      const CallPlace& place);

/// Attempts, from where a call's child is, what each wall forbids. Only for the template, before it
/// ignores SIGCHLD.
std::vector<Layer> try_walls(const Host& host, const TemplateSettings& settings);

}  // namespace kappa::runner
