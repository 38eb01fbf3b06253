// The system calls. Every return code is looked at: a wall that was not put up is no wall.
#include "runner/sandbox.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace kappa::runner {
namespace {

constexpr uid_t nobody = 65534;
constexpr int wall_missing = 70;  // exit code: sysexits' "internal software error"

/// Ends a process that could not be walled in.
[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "kappa: a function's process cannot be isolated: %s: %s\n", what,
               std::strerror(errno));
  ::_exit(wall_missing);
}

void must(bool done, const char* what) {
  if (!done) fail(what);
}

bool write_file(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return written;
}

/// In a new user namespace: this user, and no other, by the same number.
bool map_user(const Host& host) {
  const auto same = [](unsigned id) {
    return std::to_string(id) + " " + std::to_string(id) + " 1";
  };
  ::prctl(PR_SET_DUMPABLE, 1);  // else the maps belong to root
  write_file("/proc/self/setgroups",
             "deny");  // wanted before a map of groups; refused where it was denied before
  return write_file("/proc/self/uid_map", same(host.uid)) &&
         write_file("/proc/self/gid_map", same(host.gid));
}

/// No privilege now, and none by executing a file. A call's new user namespace gave it all of them,
/// over that namespace alone.
void drop_privileges() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none{};
  must(::syscall(SYS_capset, &head, none.data()) == 0, "capset");
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
}

void limit(__rlimit_resource resource, std::int64_t value, const char* what) {
  const rlimit both{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  must(::setrlimit(resource, &both) == 0, what);
}

void set_limits(const RunnerOptions& options) {
  limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
  limit(RLIMIT_AS, options.memory_mb << 20, "RLIMIT_AS");
  limit(RLIMIT_NPROC, options.processes, "RLIMIT_NPROC");
  limit(RLIMIT_NOFILE, options.open_files, "RLIMIT_NOFILE");
  limit(RLIMIT_FSIZE, options.file_mb << 20, "RLIMIT_FSIZE");
  limit(RLIMIT_CPU, options.timeout_ms / 1000 + 2,
        "RLIMIT_CPU");  // behind the wall-clock limit, should that ever fail
}

bool mount_empty(const std::string& at, std::int64_t size_mb) {
  const std::string data = "mode=1777,size=" + std::to_string(size_mb) + "m";
  return ::mount("tmpfs", at.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, data.c_str()) == 0;
}

/// The tid address that glibc keeps for this thread; a raw clone must write the child's there.
void* tid_address() {
  void* address = nullptr;
  return ::prctl(PR_GET_TID_ADDRESS, &address) == 0 ? address : nullptr;
}

/// Whether `attempt` succeeds in a process that was forked into those namespaces.
template <class Attempt>
bool works(std::uint64_t namespaces, Attempt attempt) {
  const Forked child = fork_into(namespaces);
  if (child.pid < 0) return false;
  if (child.pid == 0) ::_exit(attempt() ? 0 : 1);
  int status = 0;
  ::close(child.pidfd);
  // With SIGCHLD ignored the status is lost: the template asks before it ignores it.
  return ::waitpid(child.pid, &status, 0) == child.pid && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace

Forked fork_into(std::uint64_t namespaces) {
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = namespaces | CLONE_PIDFD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  arguments.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.child_tid = reinterpret_cast<std::uint64_t>(tid_address());
  std::size_t robust_size = 0;
  void* robust = nullptr;
  ::syscall(SYS_get_robust_list, 0, &robust, &robust_size);
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
  if (pid == 0 && robust != nullptr) ::syscall(SYS_set_robust_list, robust, robust_size);
  return {pid, pidfd};
}

void drop_root() {
  if (::geteuid() != 0) return;
  must(::setgroups(0, nullptr) == 0, "setgroups");
  must(::setresgid(nobody, nobody, nobody) == 0, "setresgid");
  must(::setresuid(nobody, nobody, nobody) == 0, "setresuid");
  must(::setuid(0) != 0, "root given up");
  must(::prctl(PR_SET_DUMPABLE, 1) == 0, "dumpable");
}

Host try_host(Isolation isolation) {
  Host host{::geteuid(), ::getegid(), false, false};
  if (isolation == Isolation::off) return host;
  const Host all{host.uid, host.gid, true, true};
  const Host most{host.uid, host.gid, true, false};
  host.namespaces = works(function_namespaces(most), [&] {
    return map_user(host) && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           mount_empty("/tmp", 1) &&
           works(call_namespaces(most), [&] { return map_user(host) && mount_empty("/tmp", 1); });
  });
  host.network_namespace = host.namespaces && works(function_namespaces(all), [] { return true; });
  return host;
}

std::uint64_t function_namespaces(const Host& host) {
  if (!host.namespaces) return 0;
  return CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
         (host.network_namespace ? CLONE_NEWNET : 0);
}

std::uint64_t call_namespaces(const Host& host) {
  return host.namespaces ? CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS : 0;
}

void enter_function_walls(const Host& host, const Settings& settings) {
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "parent-death signal");
  if (host.namespaces) {
    must(map_user(host), "user mapping");
    must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
    // A folder that cannot even be reached is hidden already.
    if (::access(settings.hidden.c_str(), F_OK) == 0)
      must(mount_empty(settings.hidden, 1), "hidden folder");
  }
  drop_privileges();
}

void enter_call_walls(const Host& host, const RunnerOptions& options, int call, int out, int err) {
  if (host.namespaces) {
    must(map_user(host), "user mapping");
    must(mount_empty("/tmp", options.file_mb), "/tmp");
  }
  must(::chdir("/tmp") == 0, "working folder");
  must(::dup2(out, 1) == 1 && ::dup2(err, 2) == 2, "output");
  must(call == 3 || ::dup2(call, 3) == 3, "call socket");
  must(::syscall(SYS_close_range, 4u, ~0u, 0u) == 0, "close_range");
  ::setsid();
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "parent-death signal");
  set_limits(options);
  drop_privileges();
  must(::prctl(PR_SET_DUMPABLE, 0) == 0, "not dumpable");
}

}  // namespace kappa::runner
