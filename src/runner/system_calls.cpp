// Made by libseccomp once per template; installed once per function, and inherited by every call.
#include "runner/system_calls.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "base/fd.hpp"
#include "runner/must.hpp"

namespace kappa::runner {
namespace {

// What ordinary Python does, its subprocesses, threads and event loops included. Names that an
// architecture lacks are passed over.
constexpr const char* allowed[] = {
    // files
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
    "pwritev2", "open", "openat", "openat2", "creat", "close", "close_range", "stat", "fstat",
    "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "lseek", "dup", "dup2",
    "dup3", "flock", "fsync", "fdatasync", "truncate", "ftruncate", "fallocate", "fadvise64",
    "readahead", "fcntl", "ioctl", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir",
    "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "readlink", "readlinkat",
    "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "umask", "getdents",
    "getdents64", "getcwd", "chdir", "fchdir", "utime", "utimes", "utimensat", "futimesat",
    "statfs", "fstatfs", "copy_file_range", "sendfile", "getxattr", "lgetxattr", "fgetxattr",
    "listxattr", "llistxattr", "flistxattr",
    "chroot",  // a call's first step into its slot; later nobody has the privilege
    // waiting and being told
    "pipe", "pipe2", "select", "pselect6", "poll", "ppoll", "epoll_create", "epoll_create1",
    "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "signalfd",
    "signalfd4", "timerfd_create", "timerfd_settime", "timerfd_gettime",
    // sockets; their families below
    "socketpair", "connect", "accept", "accept4", "bind", "listen", "getsockname", "getpeername",
    "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown", "getsockopt",
    "setsockopt",
    // memory
    "mmap", "munmap", "mprotect", "mremap", "madvise", "mincore", "msync", "brk", "membarrier",
    // processes and threads; clone's flags below
    "exit", "exit_group", "wait4", "waitid", "execve", "execveat", "kill", "tkill", "tgkill",
    "pidfd_open", "pidfd_send_signal", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid",
    "getegid", "getresuid", "getresgid", "getgroups", "getpgid", "getpgrp", "getsid", "setpgid",
    "setsid", "capget",
    "capset",  // a call gives up what its namespace gave it
    "set_tid_address", "set_robust_list", "get_robust_list", "rseq", "futex", "arch_prctl",
    "sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "sched_rr_get_interval", "getpriority",
    "setpriority", "getrlimit", "setrlimit", "prlimit64", "getrusage",
    // signals and time
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "rt_sigsuspend", "sigaltstack", "restart_syscall",
    "pause", "alarm", "getitimer", "setitimer", "nanosleep", "clock_nanosleep", "clock_gettime",
    "clock_getres", "gettimeofday", "time", "times", "timer_create", "timer_settime",
    "timer_gettime", "timer_getoverrun", "timer_delete",
    // the machine
    "uname", "sysinfo", "getcpu", "getrandom"};

constexpr int allowed_prctl[] = {PR_SET_PDEATHSIG,    PR_GET_PDEATHSIG,    PR_SET_DUMPABLE,
                                 PR_GET_DUMPABLE,     PR_SET_NAME,         PR_GET_NAME,
                                 PR_GET_NO_NEW_PRIVS, PR_SET_NO_NEW_PRIVS, PR_GET_TIMERSLACK,
                                 PR_GET_TID_ADDRESS,  PR_CAPBSET_READ,     PR_SET_VMA};

// Python's shutil expects one of few answers from what copies attributes; a slot must have none.
constexpr const char* no_attributes[] = {"setxattr",    "lsetxattr",    "fsetxattr",
                                         "removexattr", "lremovexattr", "fremovexattr"};

constexpr std::uint64_t new_namespaces = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC |
                                         CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP;

constexpr int so_passpidfd = 76;  // newer than Debian 12's headers
constexpr int so_peerpidfd = 77;

/// Conditions on an argument, counted from 0. For what is allowed: nothing in its upper half.
scmp_arg_cmp is(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
/// For what is refused: whatever is in its upper half, which the kernel drops of an int.
scmp_arg_cmp is_int(unsigned argument, std::uint32_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, 0xffffffff, value};
}
scmp_arg_cmp has_of(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

class Rules {
 public:
  /// With what is done about calls that no rule is about.
  explicit Rules(std::uint32_t otherwise) : context_(seccomp_init(otherwise)) {
    must(context_ != nullptr, "system call filter");
    seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree instead of a list
  }
  ~Rules() { seccomp_release(context_); }
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

  void add(std::uint32_t action, const char* name, const std::vector<scmp_arg_cmp>& when = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return;
    must(seccomp_rule_add_array(context_, action, number, static_cast<unsigned>(when.size()),
                                when.data()) == 0,
         name);
  }

  std::vector<sock_filter> compile() const {
    const Fd file(::memfd_create("filter", MFD_CLOEXEC));
    must(file && seccomp_export_bpf(context_, file.get()) == 0, "system call filter");
    const auto size = static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END));
    std::vector<sock_filter> program(size / sizeof(sock_filter));
    must(::pread(file.get(), program.data(), size, 0) == static_cast<ssize_t>(size),
         "system call filter");
    return program;
  }

 private:
  scmp_filter_ctx context_;
};

/// What the system call gives: a descriptor where a listener is asked for, -1 when it fails.
long put_up(const std::vector<sock_filter>& filter, unsigned flags) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           const_cast<sock_filter*>(filter.data())};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

}  // namespace

// libseccomp's levels are of what it finds here; the fifth is that of listeners.
bool can_tell_of_system_calls() { return seccomp_api_get() >= 5; }

std::vector<sock_filter> make_system_call_filter(const SystemCallRules& rules) {
  Rules filter(SCMP_ACT_ERRNO(ENOSYS));
  for (const char* name : allowed) filter.add(SCMP_ACT_ALLOW, name);
  for (const char* name : no_attributes) filter.add(SCMP_ACT_ERRNO(ENOTSUP), name);
  for (const int option : allowed_prctl)
    filter.add(SCMP_ACT_ALLOW, "prctl", {is(0, static_cast<std::uint64_t>(option))});

  // A zygote forks each call into a user and a process namespace of its own. Those two give a
  // function's code nothing: there is nothing in them to administer. clone3's flags cannot be
  // looked at, so it is answered with ENOSYS and glibc takes clone.
  const bool told = rules.listener == Listener::rate;
  const std::uint32_t make_process = told ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW;
  filter.add(make_process, "fork");
  filter.add(make_process, "vfork");
  filter.add(make_process, "clone", {has_of(0, new_namespaces | CLONE_THREAD, 0)});
  filter.add(SCMP_ACT_ALLOW, "clone", {has_of(0, new_namespaces | CLONE_THREAD, CLONE_THREAD)});
  filter.add(SCMP_ACT_ALLOW, "clone", {has_of(0, new_namespaces, CLONE_NEWUSER | CLONE_NEWPID)});

  filter.add(SCMP_ACT_ALLOW, "socket", {is(0, AF_UNIX)});
  for (const unsigned family : {AF_INET + 0U, AF_INET6 + 0U}) {
    filter.add(rules.internet ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENETUNREACH), "socket",
               {is(0, family)});
  }
  if (rules.netlink)
    filter.add(SCMP_ACT_ALLOW, "socket", {is(0, AF_NETLINK), is(2, NETLINK_ROUTE)});

  if (rules.listener == Listener::rewind) {
    // Not of what the kernel itself writes: that would have the kernel wait for a function.
    filter.add(SCMP_ACT_ALLOW, "userfaultfd",
               {has_of(0, UFFD_USER_MODE_ONLY, UFFD_USER_MODE_ONLY)});
    filter.add(SCMP_ACT_ALLOW, "seccomp",
               {is(0, SECCOMP_SET_MODE_FILTER), is(1, SECCOMP_FILTER_FLAG_NEW_LISTENER)});
  }

  for (const auto& [name, mode] : {std::pair("mknod", 1U), std::pair("mknodat", 2U)}) {
    filter.add(SCMP_ACT_ALLOW, name, {has_of(mode, S_IFMT, S_IFIFO)});
    filter.add(SCMP_ACT_ALLOW, name, {has_of(mode, S_IFMT, S_IFSOCK)});
  }
  return filter.compile();
}

std::vector<sock_filter> make_refusal_filter() {
  Rules filter(SCMP_ACT_ALLOW);
  const auto refuse = [&](const char* name, const std::vector<scmp_arg_cmp>& when) {
    filter.add(SCMP_ACT_ERRNO(ENOSYS), name, when);
  };
  // No descriptor of whoever made a socket: that is the server.
  refuse("getsockopt", {is_int(1, SOL_SOCKET), is_int(2, so_peerpidfd)});
  refuse("setsockopt", {is_int(1, SOL_SOCKET), is_int(2, so_passpidfd)});
  // Whoever closes such a socket last waits, and that may be the server, whom it was sent to.
  refuse("setsockopt", {is_int(1, SOL_SOCKET), is_int(2, SO_LINGER)});
  // Pipes keep their size: larger ones are memory that no limit of ours counts.
  refuse("fcntl", {is_int(1, F_SETPIPE_SZ)});
  // Not a character into somebody's terminal.
  refuse("ioctl", {is_int(1, TIOCSTI)});
  return filter.compile();
}

bool restrict_system_calls(const std::vector<sock_filter>& filter) {
  if (put_up(filter, 0) == 0) return true;
  must(errno == ENOSYS || errno == EINVAL, "system call filter");
  return false;
}

Fd restrict_process_rate(const std::vector<sock_filter>& filter) {
  return Fd(static_cast<int>(put_up(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER)));
}

}  // namespace kappa::runner
