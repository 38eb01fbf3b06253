// What a module may try with the processes that its calls are forked from, and with the server's
// patience.
#include <sys/resource.h>

#include <atomic>
#include <thread>

#include "runner/diverting.hpp"
#include "runner/processes.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

using kappa::test::eventually;

/// While it lives this process can open nothing.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 4;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("a process that hides from its parent is seen when its module is loaded") {
  Running at;
  const std::string hides =
      "import ctypes, os, time\n"
      "def stay():\n"
      "  ctypes.CDLL(None).prctl(15, b'kappa-hidden')\n"
      "  ctypes.CDLL(None).prctl(4, 0)\n"  // PR_SET_DUMPABLE: not to be looked into
      "  time.sleep(60)\n";
  const std::string daemon =
      "if os.fork() == 0:\n  if os.fork() == 0: stay()\n  os._exit(0)\n"
      "os.wait()\ntime.sleep(0.1)\ndef main(): return 1\n";
  CHECK(at.refusal(hides + daemon).find("leaves processes behind") != std::string::npos);
  const std::string of_a_thread =
      "import threading\n"
      "def fork():\n  if os.fork() == 0: stay()\n"
      "one = threading.Thread(target=fork)\none.start(); one.join()\ndef main(): return 1\n";
  CHECK(at.refusal(hides + of_a_thread).find("leaves processes behind") != std::string::npos);
  CHECK(eventually([] { return processes_named("kappa-hidden").empty(); }));
}

TEST_CASE("a function whose zygote forks what it was not asked for is let go, also while it runs") {
  Running at;
  const auto function = at.function(
      "import ctypes, os, time\n"
      "def fork():\n"
      "  if os.fork() == 0:\n"
      "    ctypes.CDLL(None).prctl(15, b'kappa-stowaway')\n"
      "    time.sleep(60)\n" +
      divert_reaping("    one = threading.Thread(target=fork)\n    one.start(); one.join()\n") +
      "def main(): return 1\n");
  REQUIRE(at.invoke(function));
  CHECK(eventually([] { return !processes_named("kappa-stowaway").empty(); }));
  CHECK(eventually([&] { return !at.runner().get_loaded({function.fn_id})->loaded; }));
  CHECK(eventually([] { return processes_named("kappa-stowaway").empty(); }));
}

TEST_CASE("callers of a function that does not load are told once it has failed, not in turn") {
  RunnerOptions options = quick_options();
  options.load_timeout_ms = 600;
  Running at(options);
  const auto function = at.function("while True: pass");
  constexpr int callers = 10;
  std::atomic<int> refused = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      const auto execution = at.invoke(function);
      if (!execution && execution.error().code == Code::unacceptable) ++refused;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(refused == callers);
  const auto one = std::chrono::milliseconds(options.load_timeout_ms);
  CHECK(std::chrono::steady_clock::now() - begin < callers / 2 * one);
}

TEST_CASE("without descriptors a call is refused, and the next ones run again") {
  Running at;
  const auto hot = at.function("def main(): return 1");
  REQUIRE(at.invoke(hot));
  const auto cold = at.function("def main(): return 2");
  const auto refused = [&] {
    const NoMoreDescriptors none;
    for (int i = 0; i < 5; ++i) at.invoke(hot);  // has the upkeep ask for more
    return at.invoke(cold);
  }();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
  const auto again = at.invoke(cold);
  REQUIRE_MESSAGE(again, again.error().detail);
  CHECK(again->output.text == "2");
  CHECK(at.invoke(hot)->output.text == "1");
  CHECK(eventually([&] { return at.runner().inspect({})->running_calls == 0; }));
}

TEST_CASE("what a thread of a call forks is counted as the call's") {
  RunnerOptions options = quick_options();
  options.timeout_ms = 20'000;
  options.cpu_ms = 300;
  Running at(options);
  const auto execution = at.run(
      "import os, threading, time\n"
      "def fork():\n"
      "  if os.fork() == 0:\n    while True: pass\n"
      "  time.sleep(60)\n"
      "def main():\n"
      "  threading.Thread(target=fork, daemon=True).start()\n  time.sleep(19)\n");
  CHECK(execution.verdict == Verdict::timeout);
  CHECK(execution.detail.find("cpu_ms is 300") != std::string::npos);
}

}  // namespace
}  // namespace kappa::runner::test
