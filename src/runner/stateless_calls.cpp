// Written for the kernel's filter machine directly: it looks at the lower half of an argument where
// that is what the kernel itself takes, which libseccomp does not offer.
#include "runner/stateless_calls.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace kappa::runner {
namespace {

/// What they do is undone with memory and with the descriptors from 4 on, or is nothing that stays.
constexpr const char* stateless[] = {
    // reading and writing, and asking about files
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
    "pwritev2", "stat", "fstat", "lstat", "newfstatat", "statx", "access", "faccessat",
    "faccessat2", "lseek", "dup", "fsync", "fdatasync", "fadvise64", "readahead", "readlink",
    "readlinkat", "getdents", "getdents64", "getcwd", "statfs", "fstatfs", "sendfile", "getxattr",
    "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr",
    // waiting
    "pipe", "pipe2", "select", "pselect6", "poll", "ppoll", "epoll_create", "epoll_create1",
    "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "signalfd",
    "signalfd4", "timerfd_create", "timerfd_settime", "timerfd_gettime", "futex", "sched_yield",
    "restart_syscall", "nanosleep", "clock_nanosleep", "pause", "rt_sigtimedwait",
    // sockets
    "socket", "socketpair", "connect", "accept", "accept4", "getsockname", "getpeername",
    "getsockopt", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg",
    // asking about itself and the machine
    "wait4", "waitid", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid",
    "getresuid", "getresgid", "getgroups", "getpgid", "getpgrp", "getsid", "capget",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
    "sched_get_priority_min", "sched_rr_get_interval", "getpriority", "getrlimit", "getrusage",
    "rt_sigpending", "getitimer", "clock_gettime", "clock_getres", "gettimeofday", "time", "times",
    "uname", "sysinfo", "getcpu", "getrandom",
    // the mask of signals is set anew before each call; the stack's frame lies in memory
    "rt_sigprocmask", "rt_sigreturn", "exit", "exit_group"};

enum class When {
  above_three,  ///< the argument is a descriptor that is closed before the next call
  no_bits,      ///< none of the bits is set
  is,           ///< it is that number
  null,         ///< a pointer that points nowhere
};
struct Condition {
  const char* call;
  unsigned argument;
  When when;
  std::uint32_t value = 0;
};
constexpr Condition conditions[] = {
    {"open", 1, When::no_bits, O_ACCMODE | O_CREAT | O_TRUNC},
    {"openat", 2, When::no_bits, O_ACCMODE | O_CREAT | O_TRUNC},
    {"close", 0, When::above_three},
    {"close_range", 0, When::above_three},
    {"dup2", 1, When::above_three},
    {"dup3", 1, When::above_three},
    {"fcntl", 0, When::above_three},
    {"fcntl", 1, When::is, F_GETFD},
    {"fcntl", 1, When::is, F_GETFL},
    {"ioctl", 0, When::above_three},
    {"ioctl", 1, When::is, TCGETS},
    {"setsockopt", 0, When::above_three},
    {"shutdown", 0, When::above_three},
    {"flock", 0, When::above_three},
    {"rt_sigaction", 1, When::null},
    {"sigaltstack", 0, When::null},
    {"prlimit64", 2, When::null},
};

constexpr std::uint32_t half_of(unsigned argument, bool upper) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * 8UL +
                                    (upper ? 4 : 0));
}

sock_filter load(std::uint32_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset); }
sock_filter leave(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
sock_filter jump(unsigned how, std::uint32_t value, unsigned then, unsigned otherwise) {
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | how | BPF_K), value,
                  static_cast<std::uint8_t>(then), static_cast<std::uint8_t>(otherwise));
}

std::vector<sock_filter> allow_when(const Condition& condition) {
  const sock_filter lower = load(half_of(condition.argument, false));
  const sock_filter allow = leave(SECCOMP_RET_ALLOW);
  switch (condition.when) {
    case When::above_three:
      return {lower, jump(BPF_JGT, 3, 0, 1), allow};
    case When::no_bits:
      return {lower, jump(BPF_JSET, condition.value, 1, 0), allow};
    case When::is:
      return {lower, jump(BPF_JEQ, condition.value, 0, 1), allow};
    case When::null:
      return {lower, jump(BPF_JEQ, 0, 0, 3), load(half_of(condition.argument, true)),
              jump(BPF_JEQ, 0, 0, 1), allow};
  }
  return {};
}

}  // namespace

std::vector<sock_filter> make_stateless_call_filter() {
  std::vector<sock_filter> program = {load(offsetof(seccomp_data, arch)),
                                      jump(BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0),
                                      leave(SECCOMP_RET_KILL_PROCESS)};
  const sock_filter number = load(offsetof(seccomp_data, nr));
  program.push_back(number);
  for (const char* name : stateless) {
    const auto call = static_cast<std::uint32_t>(seccomp_syscall_resolve_name(name));
    program.push_back(jump(BPF_JEQ, call, 0, 1));
    program.push_back(leave(SECCOMP_RET_ALLOW));
  }
  for (const Condition& condition : conditions) {
    auto check = allow_when(condition);
    const auto call = static_cast<std::uint32_t>(seccomp_syscall_resolve_name(condition.call));
    program.push_back(jump(BPF_JEQ, call, 0, static_cast<unsigned>(check.size() + 1)));
    program.insert(program.end(), check.begin(), check.end());
    program.push_back(number);  // another condition may be about the same call
  }
  program.push_back(leave(SECCOMP_RET_USER_NOTIF));
  return program;
}

std::string name_of_system_call(int number) {
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
  std::string text = name == nullptr ? "system call " + std::to_string(number) : name;
  std::free(name);
  return text;
}

}  // namespace kappa::runner
