// Load, then fork on request, and say how each child ended.
#include "runner/zygote.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "runner/python.hpp"

namespace kappa::runner {
namespace {

constexpr Deadline no_deadline = Deadline::max();
constexpr std::size_t largest_module = 8 << 20;  // a source of the largest size, every byte escaped
constexpr std::size_t largest_arguments = 64 << 20;  // far above what a request's body may be

int count_threads() {
  DIR* tasks = ::opendir("/proc/self/task");
  if (tasks == nullptr) return 1;
  int entries = 0;
  while (::readdir(tasks) != nullptr) ++entries;
  ::closedir(tasks);
  return entries - 2;
}

/// One call, in a process of its own.
[[noreturn]] void run_call(const RunnerOptions& options) {
  FrameSocket server{Fd(3)};
  python_make_ready();
  server.send(FrameType::ready, "", {}, no_deadline);
  const auto call = server.receive(largest_arguments, no_deadline);
  if (!call) ::_exit(0);
  const CallOutcome outcome = python_call(call->payload, options.result_bytes);
  if (const auto* exit = std::get_if<Exit>(&outcome)) ::_exit(exit->code);
  const auto& [type, payload] = std::get<0>(outcome);
  server.send(type, payload, {}, no_deadline);
  server.receive(0, no_deadline);  // until it is killed, or there is nobody to do it
  ::_exit(0);
}

class Zygote {
 public:
  Zygote(const Host& host, const Settings& settings, FrameSocket control)
      : host_(host), settings_(settings), control_(std::move(control)) {}

  void run() {
    load();
    watch_children();
    for (;;) {
      pollfd watched[2] = {{control_.fd(), POLLIN, 0}, {children_.get(), POLLIN, 0}};
      ::poll(watched, 2, -1);
      if (watched[1].revents != 0) reap();
      if (watched[0].revents == 0) continue;
      FrameSocket::State state = FrameSocket::State::waiting;
      while ((state = control_.pump(small_frame)) == FrameSocket::State::ready)
        spawn(control_.take());
      if (state == FrameSocket::State::closed) ::_exit(0);
    }
  }

 private:
  void load() {
    auto frame = control_.receive(largest_module, no_deadline);
    const auto module =
        frame && frame->fds.size() == 1 ? read_message<Module>(frame->payload) : std::nullopt;
    if (!module) ::_exit(0);
    auto loaded = python_load(*module, frame->fds.front().get(), settings_.options.load_timeout_ms);
    if (std::holds_alternative<std::string>(loaded) && count_threads() > 1) {
      // A fork copies one thread only, whatever locks the others hold.
      loaded = ModuleRefused{
          "Invalid code. The module starts a thread when it is loaded; start it inside main()"};
    }
    if (const auto* refused = std::get_if<ModuleRefused>(&loaded)) {
      control_.send(FrameType::refused, refused->reason, {}, no_deadline);
      ::_exit(0);
    }
    python_freeze();
    control_.send(FrameType::loaded, std::get<std::string>(loaded), {}, no_deadline);
  }

  void watch_children() {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    ::signal(SIGCHLD, SIG_DFL);
    ::sigprocmask(SIG_BLOCK, &child, &before_);
    children_.reset(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  void spawn(Frame frame) {
    if (frame.type != FrameType::spawn || frame.fds.size() != 4) return;
    python_before_fork();
    const Forked child = fork_into(call_namespaces(host_));
    if (child.pid == 0) {
      python_after_fork_in_child();
      ::sigprocmask(SIG_SETMASK, &before_, nullptr);
      enter_call_walls(host_, settings_.options, frame.fds[0].get(), frame.fds[1].get(),
                       frame.fds[2].get());
      run_call(settings_.options);
    }
    python_after_fork_in_parent();
    if (child.pid < 0) return;  // the server sees its ends closed
    const Fd pidfd(child.pidfd);
    FrameSocket life(std::move(frame.fds[3]));
    if (!life.send(FrameType::spawned, "", {child.pidfd}, after_ms(1000)))
      ::kill(child.pid, SIGKILL);
    lives_.emplace(child.pid, std::move(life));
  }

  void reap() {
    signalfd_siginfo ignored{};
    while (::read(children_.get(), &ignored, sizeof ignored) > 0) continue;
    int status = 0;
    rusage use{};
    for (pid_t pid = 0; (pid = ::wait4(-1, &status, WNOHANG, &use)) > 0;) {
      const auto at = lives_.find(pid);
      if (at == lives_.end()) continue;
      const auto us = [](const timeval& time) { return time.tv_sec * 1'000'000 + time.tv_usec; };
      const Ended ended{status, us(use.ru_utime) + us(use.ru_stime), use.ru_maxrss};
      at->second.send(FrameType::ended, rpc::write_json(ended), {}, after_ms(1000));
      lives_.erase(at);
    }
  }

  const Host& host_;
  const Settings& settings_;
  FrameSocket control_;
  sigset_t before_{};
  Fd children_;
  std::map<pid_t, FrameSocket> lives_;
};

}  // namespace

void run_zygote(const Host& host, const Settings& settings, FrameSocket control) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd)
    ::dup2(null, fd);  // what a module prints while it loads belongs to no call
  ::close(null);
  Zygote(host, settings, std::move(control)).run();
  ::_exit(0);
}

}  // namespace kappa::runner
