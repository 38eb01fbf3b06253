// Each wall is tried by attempting what it forbids, from where a call's child stands.
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "runner/file_tree.hpp"
#include "runner/frames.hpp"
#include "runner/must.hpp"
#include "runner/sandbox.hpp"
#include "runner/scratch.hpp"

namespace kappa::runner {
namespace {

bool can_open(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return static_cast<bool>(fd);
}

/// Whether a folder shows anything that is in it.
bool shows(const std::string& path) {
  DIR* folder = ::opendir(path.c_str());
  if (folder == nullptr) return false;
  int entries = 0;
  while (::readdir(folder) != nullptr) ++entries;
  ::closedir(folder);
  return entries > 2;  // more than itself and its parent
}

/// Whether anything answers, or refuses, on this machine's own address: without a network there is
/// nobody to refuse.
bool reaches_loopback() {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(1);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 ||
         errno == ECONNREFUSED;
}

bool can_have(std::int64_t bytes) {
  return ::mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

/// Forks until it may not.
bool can_fork(std::int64_t processes) {
  const pid_t parent = ::getpid();
  std::vector<pid_t> children;
  bool all = true;
  for (std::int64_t i = 0; i <= processes && all; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(0);  // it died before it could take us along
      for (;;) ::pause();
    }
    all = child > 0;
    if (all) children.push_back(child);
  }
  for (const pid_t child : children) ::kill(child, SIGKILL);
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  return all;
}

/// What only Landlock forbids, tried where it was put up: the folder is there for everyone to list.
bool can_list_root() { return shows("/"); }

/// What no filter leaves alone: with no flags it does nothing.
bool can_unshare() { return ::unshare(0) == 0; }

std::vector<Layer> attempt_all(const Host& host, const TemplateSettings& settings,
                               bool listed_root) {
  const RunnerOptions& options = settings.options;
  std::vector<Layer> layers;
  const auto add = [&](const char* name, bool holds, const char* otherwise) {
    layers.push_back({name, holds, holds ? "" : otherwise});
  };
  add("unprivileged user", ::geteuid() != 0 && !can_open("/etc/shadow"),
      "functions run as a user who may read /etc/shadow");
  add("user of its own", host.function_users,
      "functions share a user: one can use up what the kernel rations by user. Run Kappa as root");
  add("no new privileges",
      ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
          ::mount("none", "/proc", "proc", 0, nullptr) != 0,
      "functions can gain privileges");
  add("own processes", ::getpid() == 1 && ::getppid() == 0,
      "no process namespaces here: a function can leave processes behind that change their "
      "session");
  add("own files", !shows(settings.hidden) && !shows("/home") && !shows("/sys"),
      "no mount namespaces here: what functions see of files is up to Landlock and to permissions");
  add("own /tmp", !shows("/tmp"), "functions write to folders in the machine's /tmp");
  add("no network", !reaches_loopback(), "functions reach the network: no network namespaces here");
  add("file rules", !listed_root, "no Landlock here: Linux 5.13 has it, where it is switched on");
  add("system call filter", !can_unshare(), "no seccomp filters here");
  add("memory limit", !can_have((options.memory_mb + 1) << 20),
      "functions can use more memory than their limit");
  add("process limit", !can_fork(options.processes),
      "functions can start more processes than their limit");
  add("process rate", host.process_rate,
      "a function that makes processes without a pause slows the others down: nothing hears of "
      "system calls here, or something else does");
  return layers;
}

/// A function's that has no settings of its own.
Walls walls_of(const TemplateSettings& settings) {
  const Limits& defaults = settings.options;
  return {defaults, Network::none, false, 1};
}

/// In the place of a call, all walls up.
[[noreturn]] void try_in_call(const Host& host, const TemplateSettings& settings,
                              const std::string& scratch, int answer_to) {
  const Walls walls = walls_of(settings);
  const std::string root = scratch + "/0";
  Host unheard = host;  // whom nobody hears waits for ever
  unheard.process_rate = false;
  enter_zygote_walls(unheard, walls, scratch);
  const bool listed_root = can_list_root();
  allow_children();
  const Forked call = fork_into(call_namespaces(host));
  if (call.pid == 0) {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    enter_call_walls(host, walls.limits, 1, {root, answer_to, null, 2});
    const FrameSocket answer{Fd(3)};
    answer.send(FrameType::probed,
                rpc::write_json(Layers{attempt_all(host, settings, listed_root), {}}), {},
                after_ms(1000));
    ::_exit(0);
  }
  ::waitpid(call.pid, nullptr, 0);
  ::_exit(0);
}

}  // namespace

std::vector<Layer> try_walls(const Host& host, const TemplateSettings& settings) {
  auto [from, to] = socket_pair();
  const Forked function = fork_into(function_namespaces(host, Network::none));
  if (function.pid == 0) {
    const std::string scratch = enter_function_walls(host, host.user, walls_of(settings));
    const std::string root = scratch + "/0";
    must(host.namespaces ? make_slot(root, 1) : empty_scratch(root), "slot");
    const Forked zygote = fork_into(0);
    if (zygote.pid == 0) try_in_call(host, settings, scratch, to.get());
    ::waitpid(zygote.pid, nullptr, 0);
    ::_exit(0);
  }
  const Fd pidfd(function.pidfd);
  to.reset();
  FrameSocket answer(std::move(from));
  const auto frame = answer.receive(small_frame, after_ms(5000));
  ::kill(function.pid, SIGKILL);
  ::waitpid(function.pid, nullptr, 0);
  const auto layers = frame ? read_message<Layers>(frame->payload) : std::nullopt;
  if (layers) return layers->layers;
  return {{"isolation", false, "a function's process could not be made: the log says why"}};
}

}  // namespace kappa::runner
