// The template: Python started once, nothing of any user in it; it forks a zygote per function.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runner/fn_init.hpp"
#include "runner/frames.hpp"
#include "runner/must.hpp"
#include "runner/python.hpp"
#include "runner/sandbox.hpp"
#include "runner/scratch.hpp"

namespace kappa::runner {
namespace {

constexpr Deadline no_deadline = Deadline::max();

void start_zygote(const FrameSocket& server, const Host& host, Frame frame) {
  const auto walls = read_message<Walls>(frame.payload);
  if (!walls || frame.fds.size() != (walls->rewind ? 2 : 1)) return;
  if (!host.namespaces) sweep_scratch();
  FrameSocket control(std::move(frame.fds.front()));
  FrameSocket rewinder(walls->rewind ? std::move(frame.fds.back()) : Fd());
  Host function = host;
  if (host.function_users) must(become_function_user(function), "a function's user");
  python_before_fork();
  const Forked init = fork_into(function_namespaces(host, walls->network));
  if (init.pid == 0) {
    ::close(server.fd());
    run_fn_init(function, *walls, std::move(control), std::move(rewinder));
  }
  const int failed = errno;
  if (host.function_users) must(take_user(host.uid, host.gid), "the template's user");
  python_after_fork_in_parent();
  const Fd pidfd(init.pidfd);
  if (init.pid > 0) {
    control.send(FrameType::zygote_started, "", {init.pidfd}, after_ms(1000));
  } else {
    control.send(FrameType::refused, std::strerror(failed), {}, after_ms(1000));
  }
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
  const auto first = server.receive(small_frame, no_deadline);
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
  python_start();              // first: it takes note of how each signal is handled
  ::signal(SIGCHLD, SIG_IGN);  // from here on nobody asks how a zygote ended
  const FrameSocket answer{Fd(::fcntl(first->fds.front().get(), F_DUPFD_CLOEXEC, 3))};
  const Layer rewind{"rewind", host.rewind_fault.empty(), host.rewind_fault};
  answer.send(FrameType::probed, rpc::write_json(Layers{layers, rewind}), {}, after_ms(1000));
  while (auto frame = server.receive(small_frame, no_deadline)) {
    if (frame->type == FrameType::start_zygote) start_zygote(server, host, *std::move(frame));
  }
  return 0;  // the server is gone; the zygotes see it too
}

}  // namespace kappa::runner
