// Load, then fork on request, and say how each child ended.
#include "runner/zygote.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "runner/free_memory.hpp"
#include "runner/python.hpp"
#include "runner/rewind_point.hpp"

namespace kappa::runner {
namespace {

constexpr Deadline no_deadline = Deadline::max();
constexpr std::size_t largest_module = 8 << 20;  // a source of the largest size, every byte escaped
constexpr std::size_t largest_arguments = 64 << 20;  // far above what a request's body may be

bool has_threads() {
  struct stat folder {};  // it has a link for each thread, for itself and for its parent
  if (::stat("/proc/self/task", &folder) == 0) return folder.st_nlink > 3;
  return python_threads() > 1;
}

class Zygote {
 public:
  Zygote(const Host& host, const Walls& walls, FrameSocket control, Slots slots)
      : host_(host), walls_(walls), control_(std::move(control)), slots_(std::move(slots)) {}

  void run() {
    load();
    use_up_free_memory();
    allow_children();
    watch_children();
    for (;;) {
      pollfd watched[2] = {{control_.fd(), POLLIN, 0}, {children_.get(), POLLIN, 0}};
      ::poll(watched, 2, -1);
      if (watched[1].revents != 0) reap();
      if (watched[0].revents == 0) continue;
      FrameSocket::State state = FrameSocket::State::waiting;
      while ((state = control_.pump(small_frame)) == FrameSocket::State::ready) {
        spawn(control_.take());
        // Under load the next order is there before this one is done, so that this may go on for
        // seconds: who is not reaped keeps its slot, and the next call is made another.
        reap();
      }
      if (state == FrameSocket::State::closed) ::_exit(0);
    }
  }

 private:
  struct Life {
    FrameSocket socket;
    int slot = -1;
  };

  void load() {
    control_.send(FrameType::zygote_ready, "", {}, no_deadline);
    python_rehearse();
    auto frame = control_.receive(largest_module, no_deadline);
    auto module =
        frame && frame->fds.size() == 1 ? read_message<Module>(frame->payload) : std::nullopt;
    if (!module) ::_exit(0);
    module_ = *std::move(module);
    if (module_.load_in_each_call) {
      hold_back_signals();
      control_.send(FrameType::loaded, rpc::write_json(ModuleLoaded{}), {}, no_deadline);
      return;
    }
    const auto loaded = python_load(module_, frame->fds.front().get());
    if (const auto* refused = std::get_if<ModuleRefused>(&loaded)) refuse(refused->reason);
    python_freeze();
    hold_back_signals();  // before it is looked at what the module has done
    control_.send(FrameType::loaded,
                  R"({"signature":)" + std::get<std::string>(loaded) + R"(,"threads":)" +
                      (has_threads() ? "true}" : "false}"),
                  {}, no_deadline);
    module_.source.clear();
  }

  [[noreturn]] void refuse(const std::string& reason) {
    control_.send(FrameType::refused, reason, {}, no_deadline);
    ::_exit(0);
  }

  /// No handler of the module's runs here, but in its calls.
  void hold_back_signals() {
    constexpr std::uint64_t all = ~std::uint64_t{0};  // the C library leaves out two, for itself
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before_, sizeof all);
  }
  void let_signals_through() {
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_);
  }

  void watch_children() {
    ::sigaction(SIGCHLD, nullptr, &module_sigchld_);
    ::signal(SIGCHLD, SIG_DFL);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    children_.reset(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  void spawn(Frame frame) {
    const bool rewindable = frame.type == FrameType::spawn_rewindable;
    if ((frame.type != FrameType::spawn && !rewindable) || frame.fds.size() != 4) return;
    const auto slot = slots_.take();
    if (!slot) return;  // the server sees its ends closed
    const std::string root = slots_.root(*slot);
    const Forked child = fork_into(call_namespaces(host_));
    if (child.pid == 0) {
      name_process("kappa-call");
      // What is put back serves any number of calls.
      enter_call_walls(host_, walls_.limits, rewindable ? 0 : walls_.calls,
                       {root, frame.fds[0].get(), frame.fds[1].get(), frame.fds[2].get()});
      ::sigaction(SIGCHLD, &module_sigchld_, nullptr);
      python_after_fork();  // may call the module's own hooks
      let_signals_through();
      if (rewindable) serve_rewound_calls();
      serve_calls(host_.namespaces ? "/tmp" : root);
    }
    if (child.pid < 0) return slots_.give_back(*slot);
    const Fd pidfd(child.pidfd);
    FrameSocket life(std::move(frame.fds[3]));
    if (!life.send(FrameType::spawned, "", {child.pidfd}, after_ms(1000)))
      ::kill(child.pid, SIGKILL);
    lives_.emplace(child.pid, Life{std::move(life), *slot});
  }

  /// In a call's process, until the server ends it or goes.
  [[noreturn]] void serve_calls(const std::string& scratch) {
    FrameSocket calls{Fd(3)};
    if (module_.load_in_each_call) {
      const auto loaded = python_load(module_, 2);
      if (const auto* refused = std::get_if<ModuleRefused>(&loaded))
        calls.send(FrameType::refused, refused->reason, {}, no_deadline);
    }
    python_make_ready(scratch, false);
    calls.send(FrameType::ready, "", {}, no_deadline);
    for (;;) serve_call(calls);
  }

  /// As serve_calls(), each call with the process as it is now.
  [[noreturn]] void serve_rewound_calls() {
    FrameSocket calls{Fd(3)};
    if (!make_rewindable(host_.stateless_calls)) ::_exit(1);
    calls.send(FrameType::ready, "", {}, no_deadline);
    rewind_point();
    follow_rewind_orders();
    python_make_ready("/tmp", true);
    serve_call(calls);
    go_to_rewind_point();
  }

  /// The next one; ends the process when there is none, or when main() does.
  void serve_call(FrameSocket& calls) {
    const auto call = calls.receive(largest_arguments, no_deadline);
    if (!call) ::_exit(0);
    const CallOutcome outcome = python_call(call->payload, walls_.limits.result_bytes);
    if (const auto* exit = std::get_if<Exit>(&outcome)) ::_exit(exit->code);
    const auto& [type, payload] = std::get<0>(outcome);
    calls.send(type, payload, {}, no_deadline);
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
      at->second.socket.send(FrameType::ended, rpc::write_json(ended), {}, after_ms(1000));
      slots_.give_back(at->second.slot);
      lives_.erase(at);
    }
  }

  const Host& host_;
  const Walls& walls_;
  FrameSocket control_;
  Slots slots_;
  Module module_;
  std::uint64_t before_ = 0;  // the signals that were held back
  struct sigaction module_sigchld_ {};
  Fd children_;
  std::map<pid_t, Life> lives_;
};

}  // namespace

void run_zygote(const Host& host, const Walls& walls, FrameSocket control, Slots slots,
                FrameSocket walls_up) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd)
    ::dup2(null, fd);  // what a module prints while it loads belongs to no call
  ::close(null);
  name_process("kappa-zygote");
  if (const Fd listener = enter_zygote_walls(host, walls, slots.scratch()))
    walls_up.send(FrameType::behind_walls, "", {listener.get()}, no_deadline);
  walls_up = FrameSocket();
  Zygote(host, walls, std::move(control), std::move(slots)).run();
  ::_exit(0);
}

}  // namespace kappa::runner
