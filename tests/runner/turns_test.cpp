// Which turns on a processor the threads of a call have, as the kernel tells.
#include "runner/turns.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>

#include "runner/processes.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

using kappa::test::eventually;

constexpr std::uint64_t long_turn_ns = 10'000'000;

/// In nanoseconds; 0 before Linux 6.12, or when the thread is gone.
std::uint64_t turn_of(pid_t thread) {
  std::array<std::uint64_t, 6> attributes{};  // struct sched_attr: the fourth is sched_runtime
  constexpr auto size = static_cast<unsigned>(sizeof attributes);
  return ::syscall(SYS_sched_getattr, thread, attributes.data(), size, 0) == 0 ? attributes[3] : 0;
}

/// Of all threads of the function's call, at least so many.
bool all_have_turns(std::size_t threads, bool long_ones) {
  std::size_t seen = 0;
  for (const pid_t process : processes_named("kappa-turns")) {
    for (const pid_t thread : threads_of(process)) {
      const std::uint64_t turn = turn_of(thread);
      if (turn != 0 && (turn == long_turn_ns) != long_ones) return false;
      ++seen;
    }
  }
  return seen >= threads;
}

TEST_CASE(
    "a call that goes on has long turns with all it starts, the next in its process has not") {
  if (turn_of(::gettid()) == 0) return;  // this kernel has no turns of a thread's own
  if (::geteuid() != 0) return;          // or they are not ours to set
  Running at;
  const auto function = at.function(
      "import ctypes, os, threading, time\n"
      "def spin(until):\n"
      "    while time.monotonic() < until:\n"
      "        pass\n"
      "def main(*, busy):\n"
      "    ctypes.CDLL(None).prctl(15, b'kappa-turns')\n"
      "    until = time.monotonic() + 0.7\n"
      "    if not busy:\n"
      "        time.sleep(0.7)\n"
      "        return\n"
      "    threading.Thread(target=spin, args=[until]).start()\n"
      "    if os.fork() == 0:\n"
      "        spin(until)\n"
      "        os._exit(0)\n"
      "    spin(until)\n"
      "    os.wait()\n");
  FunctionSettings settings;
  settings.state = State::warm;
  for (const bool busy : {true, false}) {
    std::jthread call([&] {
      const auto execution =
          at.invoke(function, busy ? R"({"busy":true})" : R"({"busy":false})", settings);
      CHECK((execution && execution->verdict == Verdict::ok));
    });
    CHECK(eventually([&] { return all_have_turns(busy ? 3 : 1, busy); }));
  }
}

/// Of a thread; what it has once it was set to -20.
int priority_of(pid_t thread) { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(thread)); }

TEST_CASE("a process that is to end goes before others with all its threads") {
  const pid_t process = ::fork();
  if (process == 0) {
    std::thread([] {
      for (;;) ::pause();
    }).detach();
    for (;;) ::pause();
  }
  CHECK(eventually([&] { return threads_of(process).size() == 2; }));
  const int before = priority_of(process);
  const bool permitted = ::setpriority(PRIO_PROCESS, static_cast<id_t>(process), -19) == 0;
  go_before_others(process);
  for (const pid_t thread : threads_of(process))
    CHECK(priority_of(thread) == (permitted ? -20 : before));
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
}

}  // namespace
}  // namespace kappa::runner::test
