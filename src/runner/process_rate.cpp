// seccomp_unotify(2): a call that is told of waits in the kernel until it is answered.
#include "runner/process_rate.hpp"

#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace kappa::runner {
namespace {

constexpr double at_once = 200;
constexpr double a_second_for_each_processor = 1000;

}  // namespace

ProcessRate::ProcessRate() : left_(at_once) {}

void ProcessRate::refill() {
  static const double a_second =
      a_second_for_each_processor * static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
  const auto now = Clock::now();
  const std::chrono::duration<double> passed = now - filled_;
  filled_ = now;
  left_ = std::min(left_ + passed.count() * a_second, at_once);
}

void let_go_on(int listener) {
  seccomp_notif call{};
  if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;  // it was killed meanwhile
  seccomp_notif_resp answer{};
  answer.id = call.id;
  answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0 || errno == ENOENT) return;
  answer.flags = 0;  // before Linux 5.5 nothing could go on
  answer.error = -EAGAIN;
  ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

}  // namespace kappa::runner
