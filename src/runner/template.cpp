// The template: Python started once, nothing of any user in it; it forks a zygote per function.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runner/fn_init.hpp"
#include "runner/frames.hpp"
#include "runner/must.hpp"
#include "runner/pidfd.hpp"
#include "runner/python.hpp"
#include "runner/sandbox.hpp"
#include "runner/scratch.hpp"

namespace kappa::runner {
namespace {

constexpr Deadline no_deadline = Deadline::max();
constexpr std::int64_t answer_within_ms = 1'000;

/// Removes what functions left in /tmp, where that is the machine's, in a process of its own: one
/// function can leave so much that others would wait too long for theirs.
class Sweeper {
 public:
  /// Unless the one before is still at it.
  void start() {
    if (pidfd_ && !has_ended(pidfd_.get())) return;
    const Forked child = fork_into(0);
    if (child.pid == 0) {
      ::syscall(SYS_close_range, 3U, ~0U, 0U);  // others wait for these sockets' ends
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      name_process("kappa-sweeper");
      sweep_scratch();
      ::_exit(0);
    }
    pidfd_.reset(child.pidfd);
  }

 private:
  Fd pidfd_;
};

/// As fork() has it; errno says why not.
Forked fork_fn_init(const FrameSocket& server, const Host& host, const Walls& walls,
                    FrameSocket& control, FrameSocket& rewinder) {
  const auto user = host.function_users ? become_function_user() : host.user;
  Forked init;
  if (user) {
    init = fork_into(function_namespaces(host, walls.network));
    if (init.pid == 0) {
      ::close(server.fd());
      run_fn_init(host, *user, walls, std::move(control), std::move(rewinder));
    }
  }
  const int failed = errno;
  if (host.function_users) must(take_user(host.user.uid, host.user.gid), "the template's user");
  errno = failed;
  return init;
}

void start_zygote(const FrameSocket& server, const Host& host, Sweeper& sweeper, Frame frame) {
  const auto walls = read_message<Walls>(frame.payload);
  if (!walls || frame.fds.size() != (walls->rewind ? 2 : 1)) return;
  if (!host.namespaces) sweeper.start();
  FrameSocket control(std::move(frame.fds.front()));
  FrameSocket rewinder(walls->rewind ? std::move(frame.fds.back()) : Fd());
  const Forked init = fork_fn_init(server, host, *walls, control, rewinder);
  const Fd pidfd(init.pidfd);
  int failed = init.pid > 0 ? 0 : errno;
  // Without its descriptor nobody could end it.
  if (init.pid > 0 &&
      !control.send(FrameType::zygote_started, "", {init.pidfd}, after_ms(answer_within_ms))) {
    failed = errno;
    kill_process(init.pidfd);
  }
  if (failed != 0)
    control.send(FrameType::refused, std::strerror(failed), {}, after_ms(answer_within_ms));
}

}  // namespace

int run_template() {
  FrameSocket server{Fd(3)};
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  name_process("kappa-template");
  if (::chdir("/") != 0) return 1;  // not the server's folder, which may hold anything
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // the server blocks what it waits for
  auto first = server.receive(small_frame, no_deadline);
  const auto settings = first && first->fds.size() == 1
                            ? read_message<TemplateSettings>(first->payload)
                            : std::nullopt;
  if (!settings) return 1;
  std::optional<UserMapper> users(std::in_place);
  drop_root();
  const Host host = try_host(*settings, *users);
  enter_template_walls(host, *settings, *users);
  users.reset();
  const auto layers = try_walls(host, *settings);
  // First: it takes note of how each signal is handled.
  const std::int64_t text_kb = python_start();
  ::signal(SIGCHLD, SIG_IGN);  // from here on nobody asks how a zygote ended
  const Layer rewind{"rewind", host.rewind_fault.empty(), host.rewind_fault};
  // Closed with this line: whatever is open here is inherited by every function's processes.
  FrameSocket(std::move(first->fds.front()))
      .send(FrameType::probed, rpc::write_json(Layers{layers, rewind, text_kb}), {},
            after_ms(answer_within_ms));
  Sweeper sweeper;
  while (auto frame = server.receive(small_frame, no_deadline)) {
    if (frame->type == FrameType::start_zygote)
      start_zygote(server, host, sweeper, *std::move(frame));
  }
  return 0;  // the server is gone; the zygotes see it too
}

}  // namespace kappa::runner
