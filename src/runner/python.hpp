// Python, embedded: the only door to it. For processes with a single thread.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "runner/frames.hpp"
#include "runner/messages.hpp"

namespace kappa::runner {

/// Starts the interpreter, isolated from the environment and from site packages of any user. Once
/// per process tree. How many KiB of its text are memory that all processes forked later share.
std::int64_t python_start();

/// What os.fork() does beside forking, in a process that fork_into() has made. All of it is done
/// there, also what modules want done in the parent before: no code of a module runs in that.
void python_after_fork();

/// Runs a module's top level. Gives main()'s signature as JSON, or why the module cannot be used.
/// After its `timeout_ms` the stack is written to `stack_fd`; ending the process is the server's
/// part.
struct ModuleRefused {
  std::string reason;
};
std::variant<std::string, ModuleRefused> python_load(const Module& module, int stack_fd);

/// Loads a module and calls it, and forgets it: what that touches for the first time after a fork
/// is copied now, and not while somebody waits.
void python_rehearse();

/// How many threads Python knows of.
int python_threads();

/// Leaves all that is loaded to be shared with children: the collector does not touch it any more.
void python_freeze();

/// In a call's process, ahead of its call. `scratch` is the folder it may write in. `rewound`: the
/// process was put back rather than forked, so that what Python does in a new process is to be
/// done.
void python_make_ready(const std::string& scratch, bool rewound);

struct Exit {
  int code = 0;
};
/// A frame's type and payload, or the process is to end with that code.
using CallOutcome = std::variant<std::pair<FrameType, std::string>, Exit>;
/// Runs main() with a JSON object of arguments; everything printed is on its way when this returns.
CallOutcome python_call(std::string_view arguments, std::int64_t result_bytes);

}  // namespace kappa::runner
