// A process by its descriptor.
#include "runner/pidfd.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "runner/frames.hpp"
#include "support.hpp"

namespace kappa::runner {
namespace {

constexpr auto both_ways = {identify, identify_by_files};
constexpr unsigned of_a_thread = 0200;  // PIDFD_THREAD, Linux 6.9

Fd opened(pid_t pid, unsigned flags = 0) {
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, flags)));
}

TEST_CASE("a process and its parent are known by its descriptor until it is gone") {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  const Fd pidfd = opened(pid);
  REQUIRE(pidfd);
  for (const auto how : both_ways) {
    CHECK(how(pidfd.get()).pid == pid);
    CHECK(how(pidfd.get()).parent == ::getpid());
  }
  CHECK_FALSE(has_ended(pidfd.get()));
  kill_process(pidfd.get());
  CHECK(kappa::test::eventually([&] { return has_ended(pidfd.get()); }));
  CHECK(identify_by_files(pidfd.get()).pid == -1);
  REQUIRE(::waitpid(pid, nullptr, 0) == pid);
  CHECK(has_ended(pidfd.get()));
  for (const auto how : both_ways) {
    CHECK(how(pidfd.get()).pid == -1);
    CHECK(how(pidfd.get()).parent == -1);
  }
}

TEST_CASE("a descriptor of anything but a process is nobody's") {
  const auto [end, other_end] = pipe_pair();
  for (const auto how : both_ways) {
    CHECK(how(end.get()).pid == -1);
    CHECK(how(-1).pid == -1);
  }
  std::thread([&] {
    const Fd thread = opened(::gettid(), of_a_thread);
    if (!thread) return;  // this kernel has none
    for (const auto how : both_ways) CHECK(how(thread.get()).pid == -1);
  }).join();
}

}  // namespace
}  // namespace kappa::runner
