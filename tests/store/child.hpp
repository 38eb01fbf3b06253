// A piece of a test in a process of its own, which may die of it.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>

namespace kappa::test {

/// Forks; the child runs `body` and exits with 0, or with 99 when it throws. No other thread of
/// this process may be running.
template <class Body>
pid_t start_child(Body body) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::signal(SIGABRT, SIG_DFL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  try {
    body();
  } catch (...) {
    ::_exit(99);
  }
  ::_exit(0);
}

/// The status as waitpid() has it.
inline int end_of_child(pid_t pid) {
  int status = -1;
  ::waitpid(pid, &status, 0);
  return status;
}

template <class Body>
int run_child(Body body) {
  return end_of_child(start_child(body));
}

}  // namespace kappa::test
