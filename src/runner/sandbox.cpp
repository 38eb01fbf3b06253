// The system calls. Every return code is looked at: a wall that was not put up is no wall.
#include "runner/sandbox.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

#include "runner/file_tree.hpp"
#include "runner/free_memory.hpp"
#include "runner/kernel_file.hpp"
#include "runner/landlock.hpp"
#include "runner/memory_killer.hpp"
#include "runner/must.hpp"
#include "runner/page_scan.hpp"
#include "runner/rewind_point.hpp"
#include "runner/scratch.hpp"
#include "runner/stateless_calls.hpp"
#include "runner/system_calls.hpp"

namespace kappa::runner {
namespace {

constexpr std::int64_t zygote_open_files = 4096;  // two for each child that lives
constexpr std::int64_t children_of_a_zygote = 512;

/// In a new user namespace: this user, and no other, by the same number.
bool map_user(const User& user) {
  const auto same = [](unsigned id) {
    return std::to_string(id) + " " + std::to_string(id) + " 1";
  };
  ::prctl(PR_SET_DUMPABLE, 1);  // else the maps belong to root
  write_kernel_file("/proc/self/setgroups",
                    "deny");  // wanted before a map of groups; refused where it was denied before
  return write_kernel_file("/proc/self/uid_map", same(user.uid)) &&
         write_kernel_file("/proc/self/gid_map", same(user.gid));
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
  rlimit both{};
  ::getrlimit(resource, &both);
  both.rlim_max =
      std::min(both.rlim_max, static_cast<rlim_t>(value));  // the machine's own holds too
  both.rlim_cur = both.rlim_max;
  must(::setrlimit(resource, &both) == 0, what);
}

/// For now, and no more than limit() said: up to that the process can raise it again.
void limit_for_now(__rlimit_resource resource, std::int64_t value, const char* what) {
  rlimit both{};
  ::getrlimit(resource, &both);
  both.rlim_cur = std::min(both.rlim_max, static_cast<rlim_t>(value));
  must(::setrlimit(resource, &both) == 0, what);
}

/// SIGXCPU, which can be handled, comes a second before SIGKILL. The first process of a namespace
/// does not die of it.
void limit_cpu_time(std::int64_t seconds) {
  limit(RLIMIT_CPU, seconds + 1, "RLIMIT_CPU");
  limit_for_now(RLIMIT_CPU, seconds, "RLIMIT_CPU");
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

/// A user namespace for the template, with the users of functions where `users` can map them.
bool enter_user_namespace(const Host& host, const UserMapper& users) {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  ::prctl(PR_SET_DUMPABLE, 1);
  return host.function_users ? users.map_users(host.user) : map_user(host.user);
}

bool enter_tree(const Host& host, const TemplateSettings& settings, const UserMapper& users) {
  return enter_user_namespace(host, users) &&
         enter_file_tree(settings.hidden, settings.options.allow_host_network);
}

}  // namespace

Forked fork_into(std::uint64_t namespaces) {
  int pidfd = -1;
  void* robust = nullptr;
  std::size_t robust_size = 0;
  ::syscall(SYS_get_robust_list, 0, &robust, &robust_size);
  // clone rather than clone3: containers' filters, and our own, answer the latter with ENOSYS.
  const unsigned long flags = namespaces | CLONE_PIDFD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID |
                              static_cast<unsigned long>(SIGCHLD);
#if defined(__aarch64__)
  const long pid = ::syscall(SYS_clone, flags, nullptr, &pidfd, 0UL, tid_address());
#else
  const long pid = ::syscall(SYS_clone, flags, nullptr, &pidfd, tid_address(), 0UL);
#endif
  if (pid == 0 && robust != nullptr) ::syscall(SYS_set_robust_list, robust, robust_size);
  return {static_cast<pid_t>(pid), pidfd};
}

void name_process(const char* name) { ::prctl(PR_SET_NAME, name); }

void drop_root() {
  if (::geteuid() != 0) return;
  must(::setgroups(0, nullptr) == 0, "setgroups");
  must(take_user(template_user, template_user) || take_user(nobody, nobody), "unprivileged user");
  must(::setuid(0) != 0, "root given up");
  must(::prctl(PR_SET_DUMPABLE, 1) == 0, "dumpable");
}

namespace {

Host try_namespaces(Host host, const TemplateSettings& settings, const UserMapper& users) {
  const auto whole_way = [&](const Host& as, Network network) {
    return works(0, [&] {
      if (!enter_tree(as, settings, users)) return false;
      const auto user = as.function_users ? become_function_user() : as.user;
      return user && works(function_namespaces(as, network), [&] {
               return map_user(*user) && make_function_mounts(1) && make_slot("/slots/0", 1) &&
                      works(call_namespaces(as), [] { return ::chroot("/slots/0") == 0; });
             });
    });
  };
  Host more = host;
  more.namespaces = true;
  if (!whole_way(more, Network::host)) return host;
  host = more;
  more.network_namespace = true;
  if (whole_way(more, Network::none)) host = more;
  more = host;
  more.function_users = true;
  if (whole_way(more, Network::host)) host = more;
  return host;
}

void make_filters(Host& host) {
  // In a network of its own that leads nowhere sockets may be made, and tell so.
  for (const Listener listener : {Listener::none, Listener::rate, Listener::rewind}) {
    if (listener == Listener::rate && !can_tell_of_system_calls()) continue;
    const auto at = static_cast<std::size_t>(listener);
    host.system_calls[0][at] = make_system_call_filter({host.network_namespace, false, listener});
    host.system_calls[1][at] = make_system_call_filter({true, true, listener});
  }
  host.refused_calls = make_refusal_filter();
  host.stateless_calls = make_stateless_call_filter();
}

const std::vector<sock_filter>& filter_of(const Host& host, Network network, Listener listener) {
  return host.system_calls[network == Network::host][static_cast<std::size_t>(listener)];
}

/// A zygote's own forks are those into namespaces, which nobody is told of: else it would wait for
/// its turn like its function.
bool can_bound_process_rate(const Host& host) {
  return host.namespaces && can_tell_of_system_calls() && works(0, [&] {
           drop_privileges();
           return static_cast<bool>(
               restrict_process_rate(filter_of(host, Network::none, Listener::rate)));
         });
}

std::string find_rewind_fault(const Host& host) {
  if (!host.namespaces || !host.filters) return "it needs all namespaces, and system call filters";
  if (!can_rewind_registers()) return "it needs an x86-64 processor that has FSGSBASE and XSAVE";
  if (!can_note_writes()) return "it needs Linux 6.7, with userfaultfd switched on";
  return "";
}

}  // namespace

Host try_host(const TemplateSettings& settings, const UserMapper& users) {
  Host host;
  host.user = {::geteuid(), ::getegid()};
  host.rewind_audit = settings.options.rewind_audit;
  host.rewind_fault = find_rewind_fault(host);
  if (settings.options.isolation == Isolation::off) return host;
  host.filters = true;
  host = try_namespaces(host, settings, users);
  make_filters(host);
  host.process_rate = can_bound_process_rate(host);
  host.rewind_fault = find_rewind_fault(host);
  return host;
}

std::optional<User> become_function_user() {
  const uid_t user = next_function_user();
  if (!take_user(user, user)) return std::nullopt;
  return User{user, user};
}

std::uint64_t function_namespaces(const Host& host, Network network) {
  if (!host.namespaces) return 0;
  const bool cut_off = host.network_namespace && network == Network::none;
  return CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
         (cut_off ? CLONE_NEWNET : 0);
}

std::uint64_t call_namespaces(const Host& host) {
  return host.namespaces ? CLONE_NEWUSER | CLONE_NEWPID : 0;
}

void enter_template_walls(const Host& host, const TemplateSettings& settings,
                          const UserMapper& users) {
  if (host.namespaces) must(enter_tree(host, settings, users), "file tree");
}

std::string enter_function_walls(const Host& host, const User& user, const Walls& walls) {
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "parent-death signal");
  if (host.namespaces) must(map_user(user), "user mapping");
  go_as_a_function();
  if (!host.namespaces) return make_scratch();
  must(make_function_mounts(walls.limits.scratch_mb), "mounts");
  must(::sethostname("kappa", 5) == 0, "host name");
  return "/slots";
}

Fd enter_zygote_walls(const Host& host, const Walls& walls, const std::string& scratch) {
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "parent-death signal");
  must(::chdir(host.namespaces ? "/tmp" : scratch.c_str()) == 0, "working folder");
  const Limits& limits = walls.limits;
  limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
  limit(RLIMIT_AS, (limits.memory_mb << 20) + free_memory_bytes, "RLIMIT_AS");
  limit(RLIMIT_NOFILE, std::max(limits.open_files, zygote_open_files), "RLIMIT_NOFILE");
  limit(RLIMIT_NPROC, limits.processes * children_of_a_zygote, "RLIMIT_NPROC");
  limit_for_now(RLIMIT_NPROC, limits.processes, "RLIMIT_NPROC");  // while the module is loaded
  limit(RLIMIT_FSIZE, limits.file_mb << 20, "RLIMIT_FSIZE");
  drop_privileges();
  if (!host.filters) return {};
  const bool network = walls.network == Network::host;
  restrict_files({scratch, host.namespaces, network || host.network_namespace});
  restrict_system_calls(host.refused_calls);  // first: the other one allows no more of them
  if (host.process_rate && !walls.rewind) {
    Fd listener = restrict_process_rate(filter_of(host, walls.network, Listener::rate));
    must(static_cast<bool>(listener), "system call filter");
    return listener;
  }
  restrict_system_calls(
      filter_of(host, walls.network, walls.rewind ? Listener::rewind : Listener::none));
  return {};
}

void allow_children() {
  limit_for_now(RLIMIT_NPROC, std::numeric_limits<std::int64_t>::max(), "RLIMIT_NPROC");
}

void enter_call_walls(const Host& host, const Limits& limits, std::int64_t calls,
                      const CallPlace& place) {
  if (host.namespaces) must(::chroot(place.root.c_str()) == 0, "slot");
  must(::chdir(host.namespaces ? "/tmp" : place.root.c_str()) == 0, "working folder");
  must(::dup2(place.out, 1) == 1 && ::dup2(place.err, 2) == 2, "output");
  must(place.call == 3 || ::dup2(place.call, 3) == 3, "call socket");
  must(::syscall(SYS_close_range, 4U, ~0U, 0U) == 0, "close_range");
  ::setsid();
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "parent-death signal");
  limit(RLIMIT_NPROC, limits.processes, "RLIMIT_NPROC");
  limit(RLIMIT_NOFILE, limits.open_files, "RLIMIT_NOFILE");
  // Behind the runner's own look at each call's CPU time, should that ever fail; a quarter more,
  // for the kernel counts this time in ticks, and some per cent too much.
  if (calls > 0) limit_cpu_time(limits.cpu_ms * calls / 800 + 2);
  drop_privileges();
  must(::prctl(PR_SET_DUMPABLE, 0) == 0, "not dumpable");
}

}  // namespace kappa::runner
