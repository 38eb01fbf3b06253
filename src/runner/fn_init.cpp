// Python is not used here: only the zygote's fork goes on with it.
#include "runner/fn_init.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/process_rate.hpp"
#include "runner/python.hpp"
#include "runner/rewinder.hpp"
#include "runner/slots.hpp"
#include "runner/zygote.hpp"

namespace kappa::runner {
namespace {

constexpr Deadline no_deadline = Deadline::max();

/// False when the zygote was among those that ended.
bool reap(int signals, pid_t zygote) {
  signalfd_siginfo ignored{};
  while (::read(signals, &ignored, sizeof ignored) > 0) continue;
  for (pid_t ended = 0; (ended = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
    if (ended == zygote) return false;
  }
  return true;
}

}  // namespace

void run_fn_init(const Host& host, const User& user, const Walls& walls, FrameSocket control,
                 FrameSocket rewinder) {
  name_process("kappa-fn-init");
  ::signal(SIGCHLD, SIG_DFL);  // unlike the template, all from here on ask how a child ended
  const std::string scratch = enter_function_walls(host, user, walls);
  if (rewinder && fork_into(0).pid == 0) run_rewinder(std::move(rewinder), host.rewind_audit);
  rewinder = FrameSocket();
  auto [to_zygote, to_fn_init] = slot_sockets();
  auto [from_zygote, to_us] = socket_pair();
  const Forked zygote = fork_into(0);
  if (zygote.pid == 0) {
    to_zygote.reset();
    from_zygote.reset();
    python_after_fork();
    run_zygote(host, walls, std::move(control),
               Slots(std::move(to_fn_init), scratch, host.namespaces),
               FrameSocket(std::move(to_us)));
  }
  control = FrameSocket();
  to_fn_init.reset();
  to_us.reset();
  ::prctl(PR_SET_DUMPABLE, 0);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  const Fd signals(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  SlotKeeper slots(std::move(to_zygote), scratch, host.namespaces, walls.limits.scratch_mb);
  const auto behind_walls = FrameSocket(std::move(from_zygote)).receive(small_frame, no_deadline);
  const bool told = behind_walls && behind_walls->fds.size() == 1;
  const int listener = told ? behind_walls->fds.front().get() : -1;
  ProcessRate rate;
  for (;;) {
    pollfd watched[3] = {{slots.fd(), POLLIN, 0},
                         {signals.get(), POLLIN, 0},
                         {rate.open() ? listener : -1, POLLIN, 0}};
    ::poll(watched, 3, rate.wait_ms());
    rate.refill();
    if ((watched[2].revents & POLLIN) != 0) {
      rate.count();
      let_go_on(listener);
    }
    if (watched[0].revents != 0 && !slots.serve()) ::_exit(0);
    // Once more before every wait: a child may have ended before its signal was asked for.
    if (!reap(signals.get(), zygote.pid)) ::_exit(0);
  }
}

}  // namespace kappa::runner
