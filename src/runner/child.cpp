// Readiness is two words: the zygote's with the pidfd, and the child's own.
#include "runner/child.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/usage.hpp"

namespace kappa::runner {

void kill_process(int pidfd) { ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0); }

void Child::kill() const {
  if (pidfd_) kill_process(pidfd_.get());
}

void Child::ask_for_stack() const {
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), show_stack, nullptr, 0);
}

bool Child::alive() const {
  pollfd watched{pidfd_.get(), POLLIN, 0};
  return ::poll(&watched, 1, 0) == 0;
}

bool Child::wait_ready(std::int64_t within_ms, const std::function<bool(pid_t)>& is_ours) {
  if (pidfd_) return alive();
  const Deadline deadline = after_ms(within_ms);
  auto spawned = life.receive(small_frame, deadline);
  if (!spawned || spawned->type != FrameType::spawned || spawned->fds.size() != 1) return false;
  Fd named = std::move(spawned->fds.front());
  pid_ = pid_of(named.get());
  if (!is_ours(pid_)) return false;
  pidfd_ = std::move(named);
  if (!alive()) return false;  // another may have its number since it was looked at
  auto word = call.receive(small_frame, deadline);
  if (word && word->type == FrameType::refused) {
    refusal = std::move(word->payload);
    return true;
  }
  return word && word->type == FrameType::ready && alive();
}

}  // namespace kappa::runner
