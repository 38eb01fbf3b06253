// Runs a program that is killed before the N-th system call with which any of its threads would
// change a file; its child processes are not counted, and not traced. N = 0: it is never killed.
// Ends when it does or when SIGTERM comes, which kills it then, and writes to REPORT how many such
// calls there were: "killed 17", "ended 240", "stopped 240". 77: this machine lets nobody trace.
//
// usage: kill_at N REPORT PROGRAM ARGUMENT...
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>

namespace {

constexpr int traced_stop = SIGTRAP | 0x80;
constexpr int killed_code = 128 + SIGKILL;
constexpr int may_not_trace = 77;
volatile std::sig_atomic_t told_to_stop = 0;

bool changes_a_file(const __ptrace_syscall_info& call) {
  switch (call.entry.nr) {
    case SYS_openat:
      return (call.entry.args[2] & O_CREAT) != 0;
    case SYS_write:
    case SYS_pwrite64:
    case SYS_ftruncate:
    case SYS_truncate:
    case SYS_fallocate:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_rename:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_unlink:
    case SYS_unlinkat:
    case SYS_mkdir:
    case SYS_mkdirat:
    case SYS_rmdir:
      return true;
    default:
      return false;
  }
}

pid_t start(char** program) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  ::raise(SIGSTOP);
  ::execv(program[0], program);
  std::perror(program[0]);
  std::_Exit(127);
}

/// What a thread that stopped is to get when it goes on: signals of others, not those of tracing.
int signal_for(int status, bool is_new) {
  const int signal = WSTOPSIG(status);
  const bool of_tracing = signal == traced_stop || signal == SIGTRAP || status >> 16 != 0;
  return of_tracing || (is_new && signal == SIGSTOP) ? 0 : signal;
}

int report(const char* path, const char* how, long count, int code) {
  std::FILE* file = std::fopen(path, "w");
  if (file == nullptr) return 1;
  std::fprintf(file, "%s %ld\n", how, count);
  std::fclose(file);
  return code;
}

/// It is gone once each of its threads has been waited for.
void end(pid_t program) {
  ::kill(program, SIGKILL);
  for (pid_t thread = 0; thread >= 0 && thread != program;) thread = ::waitpid(-1, nullptr, __WALL);
}

int trace(pid_t program, long kill_before, const char* path) {
  std::set<pid_t> threads{program};
  long count = 0;
  for (;;) {
    int status = 0;
    const pid_t thread = ::waitpid(-1, &status, __WALL);
    if (told_to_stop != 0) {
      end(program);
      return report(path, "stopped", count, 0);
    }
    if (thread < 0 && errno == EINTR) continue;
    if (thread < 0) return report(path, "lost", count, 1);
    if (!WIFSTOPPED(status)) {
      if (thread == program)
        return report(path, "ended", count, WIFEXITED(status) ? WEXITSTATUS(status) : killed_code);
      continue;
    }
    __ptrace_syscall_info call{};
    if (WSTOPSIG(status) == traced_stop)
      ::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(call), &call);
    if (call.op == PTRACE_SYSCALL_INFO_ENTRY && changes_a_file(call) && ++count == kill_before) {
      end(program);
      return report(path, "killed", count, killed_code);
    }
    const int signal = signal_for(status, threads.insert(thread).second);
    ::ptrace(PTRACE_SYSCALL, thread, nullptr, signal);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  struct sigaction stop {};
  stop.sa_handler = [](int) { told_to_stop = 1; };
  ::sigaction(SIGTERM, &stop, nullptr);  // without SA_RESTART: it ends the waiting
  const pid_t program = start(argv + 3);
  int status = 0;
  ::waitpid(program, &status, WUNTRACED);
  if (::ptrace(PTRACE_SETOPTIONS, program, nullptr,
               PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0) {
    ::kill(program, SIGKILL);
    return may_not_trace;
  }
  ::ptrace(PTRACE_SYSCALL, program, nullptr, 0);
  return trace(program, std::atol(argv[1]), argv[2]);
}
