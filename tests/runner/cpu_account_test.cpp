// What processes use whose parent does not want to hear of it, where there are control groups.
#include <array>
#include <thread>
#include <vector>

#include "runner/diverting.hpp"
#include "runner/kernel_file.hpp"
#include "runner/processes.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

// one() makes a process that uses 20 ms.
const std::string children =
    "import os, signal, time\n"
    "def one():\n"
    "    if os.fork() == 0:\n"
    "        while time.process_time() < 0.02:\n"
    "            pass\n"
    "        os._exit(0)\n";

std::int64_t charged_us(Running& at, const data::Function& function, int calls,
                        const FunctionSettings& settings = {}, Verdict verdict = Verdict::ok) {
  std::int64_t us = 0;
  for (int i = 0; i < calls; ++i) {
    const auto execution = at.invoke(function, "{}", settings);
    REQUIRE(execution);
    CHECK(execution->verdict == verdict);
    us += execution->cpu_us;
  }
  return us;
}

// hide() uses 60 ms that nobody tells of.
const std::string hides =
    "import os, signal, time\n"
    "def fork(use_s):\n"
    "    pid = os.fork()\n"
    "    if pid == 0:\n"
    "        while time.process_time() < use_s:\n"
    "            pass\n"
    "        os._exit(0)\n"
    "    return pid\n"
    "def hide():\n"
    "    pid = os.fork()\n"
    "    if pid == 0:\n"
    "        signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
    "        for _ in range(12):\n"
    "            fork(0.005)\n"
    "            try:\n"
    "                os.wait()\n"  // until there are none
    "            except ChildProcessError:\n"
    "                pass\n"
    "        os._exit(0)\n"
    "    os.waitpid(pid, 0)\n";

TEST_CASE("a function cannot hide what its processes use by not waiting for them") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  const auto function = at.function(children +
                                    "def main():\n"
                                    "    signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
                                    "    one()\n"
                                    "    try:\n"
                                    "        os.wait()\n"  // until there are none
                                    "    except ChildProcessError:\n"
                                    "        pass\n");
  constexpr int calls = 40;
  // All but what is not worth a look, and what the kernel rounds down.
  CHECK(charged_us(at, function, calls) > calls * 20'000 / 2);
}

TEST_CASE("a call that is stopped for its CPU time cannot hide it") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  const auto function = at.function(children +
                                    "def main():\n"
                                    "    signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
                                    "    while True:\n"
                                    "        one()\n"
                                    "        time.sleep(0.03)\n");
  FunctionSettings settings;
  settings.cpu_ms = 300;
  settings.timeout_ms = 20'000;
  const auto execution = at.invoke(function, "{}", settings);
  REQUIRE(execution);
  CHECK(execution->verdict == Verdict::timeout);
  CHECK(execution->cpu_us >= 300'000);
  CHECK(execution->wall_us < 10'000'000);
}

TEST_CASE("a call that waits for some of its processes and ends cannot hide others") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  const auto function = at.function(hides +
                                    "def main():\n"
                                    "    hide()\n"
                                    "    os.waitpid(fork(0.12), 0)\n"
                                    "    os._exit(0)\n");
  constexpr int calls = 20;
  CHECK(charged_us(at, function, calls, {}, Verdict::exited) > calls * 150'000);
}

TEST_CASE("a function cannot have its zygote work for a call") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  const auto function = at.function(divert_reaping("    end = time.process_time() + 0.02\n"
                                                   "    while time.process_time() < end:\n"
                                                   "        pass\n") +
                                    "def main():\n"
                                    "    time.sleep(0.1)\n"
                                    "    return diverted\n");
  const auto first = at.invoke(function);
  REQUIRE(first);
  REQUIRE(first->output.text == "1");
  constexpr int calls = 20;
  CHECK(charged_us(at, function, calls) > calls * 20'000);
}

/// CPU time of all functions' processes, as their groups count it.
std::int64_t used_us() {
  std::int64_t us = 0;
  for (const auto& group : groups_of_functions()) {
    const auto ns = number_at(read_kernel_file(group / "cpuacct.usage"));
    const std::string stat = read_kernel_file(group / "cpu.stat");
    if (ns > 0) us += ns / 1000;
    if (stat.starts_with("usage_usec")) us += number_at(stat.substr(10));
  }
  return us;
}

/// Of all that calls are forked from.
std::int64_t used_by_zygotes_us() {
  std::int64_t us = 0;
  for (const pid_t pid : processes_named("kappa-zygote")) us += own_cpu_us(pid);
  return us;
}

TEST_CASE("what it takes to fork a large process is not charged") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  const auto function = at.function(
      "import time\nkept = [bytes(3000) for _ in range(50000)]\n"  // 150 MB
      "def main(*, seconds): time.sleep(seconds)\n");
  // A call is there when it is looked at how large its zygote is.
  REQUIRE(at.invoke(function, R"({"seconds": 1})"));
  const std::int64_t before_us = used_us() - used_by_zygotes_us();
  std::int64_t us = 0;
  for (int i = 0; i < 40; ++i) us += at.invoke(function, R"({"seconds": 0.03})")->cpu_us;
  CHECK(us < used_us() - used_by_zygotes_us() - before_us + 50'000);
}

/// In each state, on two threads.
void check_charged_once(const std::string& code) {
  CAPTURE(code);
  for (const State state : {State::fresh, State::warm, State::rewind}) {
    CAPTURE(static_cast<int>(state));
    Running at;
    FunctionSettings settings;
    settings.state = state;
    const auto function = at.function(code);
    std::array<std::int64_t, 2> charged{};
    {
      std::vector<std::jthread> callers;
      for (std::int64_t& us : charged)
        callers.emplace_back([&] { us = charged_us(at, function, 20, settings); });
    }
    const std::int64_t all_us = charged[0] + charged[1];
    CHECK(all_us <= used_us() + 50'000);  // what was used before it was in its group
    CHECK(all_us > 40 * 20'000);          // and it was all told
  }
}

TEST_CASE("what processes use is charged once, whoever waits for them") {
  {
    Running at;
    if (!at.runner().inspect({})->layers.back().holds) return;
  }
  check_charged_once(children + "def main():\n    one()\n    os.wait()\n");
  // A child is left behind that has worked.
  check_charged_once(
      "import os, time\n"
      "def main():\n"
      "    told, tell = os.pipe()\n"
      "    if os.fork() == 0:\n"
      "        while time.process_time() < 0.02:\n"
      "            pass\n"
      "        os.write(tell, b'x')\n"
      "        time.sleep(60)\n"
      "    os.read(told, 1)\n");
  // One is left behind whose own have worked, and which has not waited for them.
  check_charged_once(children +
                     "def main():\n"
                     "    told, tell = os.pipe()\n"
                     "    if os.fork() == 0:\n"
                     "        one()\n"
                     "        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)\n"
                     "        os.write(tell, b'x')\n"
                     "        time.sleep(60)\n"
                     "    os.read(told, 1)\n");
  // One is left behind whose first thread has left.
  check_charged_once(
      "import ctypes, os, threading, time\n"
      "def main():\n"
      "    told, tell = os.pipe()\n"
      "    def rest():\n"
      "        time.sleep(0.02)\n"
      "        os.write(tell, b'x')\n"
      "        time.sleep(60)\n"
      "    if os.fork() == 0:\n"
      "        while time.process_time() < 0.02:\n"
      "            pass\n"
      "        threading.Thread(target=rest).start()\n"
      "        ctypes.CDLL(None).syscall(60, 0)\n"  // exit(), of this thread
      "    os.read(told, 1)\n");
}

}  // namespace
}  // namespace kappa::runner::test
