// A function's own settings, and what reaching each limit looks like.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <functional>
#include <set>
#include <thread>

#include "base/client_watch.hpp"
#include "runner/frames.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

/// Settings with one member set.
template <class Member, class Value>
FunctionSettings with(Member member, Value value) {
  FunctionSettings settings;
  settings.*member = value;
  return settings;
}

TEST_CASE("each limit is the function's own, and whoever reaches it is told which") {
  using Set = FunctionSettings;
  const std::tuple<const char*, FunctionSettings, Verdict, const char*> cases[] = {
      {"def main():\n  while True: pass", with(&Set::timeout_ms, 200), Verdict::timeout,
       "ran longer than its limit of 200 ms"},
      {"def main():\n  while True: pass", with(&Set::cpu_ms, 100), Verdict::timeout,
       "ms of CPU time; its limit cpu_ms is 100"},
      {"import subprocess\ndef main():\n  while True: subprocess.run(['/bin/sh', '-c', "
       "'for i in 1 2 3 4 5 6 7 8 9; do /bin/true; done'])",
       with(&Set::cpu_ms, 100), Verdict::timeout, "ms of CPU time; its limit cpu_ms is 100"},
      {"import signal\ndef main():\n  signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"
       "  while True: pass",
       with(&Set::cpu_ms, 100), Verdict::timeout, "ms of CPU time; its limit cpu_ms is 100"},
      {"def main(): x = bytearray(100 << 20)", with(&Set::memory_mb, 64), Verdict::out_of_memory,
       "MemoryError; its limit memory_mb is 64"},
      {"import os, time\ndef main():\n  for i in range(4):\n    if os.fork() == 0:\n      "
       "x = bytearray(40 << 20); time.sleep(9)\n  time.sleep(9)",
       with(&Set::memory_mb, 100), Verdict::out_of_memory,
       "MiB together; its limit memory_mb is 100"},
      {"import threading, time\ndef main():\n  for i in range(9): "
       "threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
       with(&Set::processes, 4), Verdict::error,
       "RuntimeError: can't start new thread; its limit processes is 4"},
      {"def main(): x = [open('/dev/null') for i in range(40)]", with(&Set::open_files, 20),
       Verdict::error, "Too many open files: '/dev/null'; its limit open_files is 20"},
      {"def main(): open('/tmp/x', 'wb').write(bytes(3 << 20))", with(&Set::file_mb, 2),
       Verdict::error, "File too large; its limit file_mb is 2"},
      {"def main():\n  for i in range(9): open(f'/tmp/{i}', 'wb').write(bytes(1 << 20))",
       with(&Set::scratch_mb, 4), Verdict::error,
       "No space left on device; its limit scratch_mb is 4"},
      {"def main(): return 'x' * 100", with(&Set::result_bytes, 50), Verdict::bad_result,
       "main() returned 102 bytes of JSON; the limit is 50"},
      {"import urllib.request\ndef main(): urllib.request.urlopen('http://127.0.0.1:1/')",
       {},
       Verdict::error,
       "this function has no network: kappa fn set NAME --network host"},
      {"import socket\ndef main(): socket.getaddrinfo('example.com', 80)",
       {},
       Verdict::error,
       "this function has no network"},
  };
  Running at;
  for (const auto& [code, settings, verdict, detail] : cases) {
    CAPTURE(code);
    const auto execution = at.invoke(at.function(code), "{}", settings);
    REQUIRE(execution);
    CHECK(execution->verdict == verdict);
    CAPTURE(execution->detail);
    CHECK(execution->detail.find(detail) != std::string::npos);
  }
  const auto chatty =
      at.invoke(at.function("def main(): print('x' * 100)"), "{}", with(&Set::output_bytes, 10));
  CHECK(chatty->verdict == Verdict::ok);
  CHECK(chatty->output_cut);
  CHECK(at.printed(*chatty).out.starts_with("xxxxxxxxxx\n[output cut at 10 bytes]"));
}

TEST_CASE("a call that runs out of time shows where it was") {
  Running at;
  const char* codes[] = {
      "import time\ndef inner(): time.sleep(9)\ndef main():\n  print('on')\n  inner()",
      "def inner():\n  while True: pass\ndef main():\n  print('on')\n  inner()",
      "import re\ndef inner(): re.match('(a+)+$', 'a' * 40 + 'b')\n"
      "def main():\n  print('on')\n  inner()",
      "def inner():\n  while True:\n    try:\n      while True: pass\n"
      "    except BaseException: pass\ndef main():\n  print('on')\n  inner()"};
  for (const char* code : codes) {
    CAPTURE(code);
    const auto execution =
        at.invoke(at.function(code), "{}", with(&FunctionSettings::timeout_ms, 150));
    REQUIRE(execution);
    CHECK(execution->verdict == Verdict::timeout);
    CHECK(execution->wall_us < 250'000);
    CAPTURE(execution->traceback);
    CHECK(execution->traceback.starts_with("Traceback (most recent call last):\n"));
    CHECK(execution->traceback.find(", in main\n") < execution->traceback.find(", in inner\n"));
    CHECK(at.printed(*execution).out == "on\n");
    CHECK(at.printed(*execution).err == execution->traceback);
  }
}

TEST_CASE("more than the server allows is refused, by the settings' names") {
  RunnerOptions options = quick_options();
  options.max.memory_mb = 512;
  Running at(options);
  FunctionSettings settings;
  settings.memory_mb = 513;
  settings.open_files = 0;
  settings.concurrency = 1025;
  settings.network = Network::host;
  const auto refused = at.invoke(at.function("def main(): pass"), "{}", settings);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::invalid);
  REQUIRE(refused.error().faults.size() == 4);
  CHECK(refused.error().faults[0].at == "/settings/memory_mb");
  CHECK(refused.error().faults[0].why == "expected 1 to 512 on this server, got 513");
  CHECK(refused.error().faults[1].at == "/settings/open_files");
  CHECK(refused.error().faults[2].at == "/settings/concurrency");
  CHECK(refused.error().faults[3].at == "/settings/network");
}

TEST_CASE("a function may have more calls at a time than this runner has slots") {
  RunnerOptions options = quick_options();
  options.max_calls = 2;
  Running at(options);
  const auto many = with(&FunctionSettings::concurrency, 1024);
  const auto slow = at.function("import time\ndef main(): time.sleep(0.2)");
  REQUIRE(at.invoke(slow, "{}", many));
  CHECK(at.runner().get_loaded({slow.fn_id})->settings.concurrency == 2);
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.emplace_back([&] { CHECK(at.invoke(slow, "{}", many)); });
  for (auto& caller : callers) caller.join();
}

TEST_CASE("with network \"host\" a function reaches this machine, and only then") {
  const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::listen(listener.get(), 4) == 0);  // at a port of the kernel's choice
  sockaddr_in name{};
  socklen_t size = sizeof name;
  REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
  RunnerOptions options = quick_options();
  options.allow_host_network = true;
  Running at(options);
  const auto function = at.function(
      "import socket\ndef main(*, port): socket.create_connection(('127.0.0.1', port), 1); return "
      "1");
  const std::string args = R"({"port": )" + std::to_string(ntohs(name.sin_port)) + "}";
  CHECK(at.invoke(function, args)->verdict == Verdict::error);
  CHECK(at.invoke(function, args, with(&FunctionSettings::network, Network::host))->verdict ==
        Verdict::ok);
  CHECK(at.invoke(function, args)->verdict == Verdict::error);
}

TEST_CASE("processes that are asked for without a pause are made, or refused, at a bounded rate") {
  Running at;
  const auto condition = at.runner().inspect({});
  REQUIRE(condition);
  for (const Layer& layer : condition->layers) {
    if (layer.name == "process rate" && !layer.holds) return;
  }
  const auto function = at.function(
      "import os, signal, time\n"
      "def main():\n"
      "    children, asked, begin = [], 0, time.monotonic()\n"
      "    while time.monotonic() < begin + 0.5:\n"
      "        asked += 1\n"
      "        try:\n"
      "            pid = os.fork()\n"
      "        except OSError:\n"
      "            continue\n"
      "        if pid == 0:\n"
      "            time.sleep(60)\n"
      "        children.append(pid)\n"
      "    may = 200 + (time.monotonic() - begin) * 1000 * os.cpu_count()\n"
      "    for pid in children:\n"
      "        os.kill(pid, signal.SIGKILL)\n"
      "    return [len(children) < 9, asked > 200, asked <= may + 1]\n");
  FunctionSettings settings;
  settings.processes = 8;
  for (const State state : {State::fresh, State::warm}) {
    CAPTURE(state);
    settings.state = state;
    const auto execution = at.invoke(function, "{}", settings);
    REQUIRE(execution);
    CHECK(execution->output.text == "[true, true, true]");
    CHECK(execution->detail == "");
  }
}

TEST_CASE("a warm function's process serves many calls, and a failing one ends it") {
  RunnerOptions options = quick_options();
  options.warm_calls = 5;
  Running at(options);
  const auto function = at.function(
      "import os\ncalls = 0\ndef main(*, fail=False):\n  global calls\n  calls += 1\n"
      "  print('call', calls)\n  if fail: raise ValueError('no')\n"
      "  open('/tmp/kept', 'a').write('x')\n  return [calls, os.path.getsize('/tmp/kept')]");
  const auto warm = with(&FunctionSettings::state, State::warm);
  for (const char* expected : {"[1, 1]", "[2, 2]", "[3, 3]", "[4, 4]", "[5, 5]", "[1, 1]"}) {
    const auto execution = at.invoke(function, "{}", warm);
    REQUIRE(execution);
    CHECK(execution->output.text == expected);
    CHECK(at.printed(*execution).out == "call " + std::string(1, expected[1]) + "\n");
    CHECK(execution->cpu_us < 100'000);
  }
  CHECK(at.invoke(function, R"({"fail": true})", warm)->verdict == Verdict::error);
  CHECK(at.invoke(function, "{}", warm)->output.text == "[1, 1]");
  CHECK(at.invoke(function, "{}")->output.text == "[1, 1]");  // fresh again
  CHECK(at.invoke(function, "{}")->output.text == "[1, 1]");
}

TEST_CASE("a process that serves many calls may use more CPU time in all of them than in one") {
  Running at;
  // The kernel's limit is of whole seconds: one call of 300 ms would be killed after three.
  const auto function = at.function(
      "import os, time\ndef main():\n  begin = time.process_time()\n"
      "  while time.process_time() < begin + 0.2: pass\n  return sum(os.times()[:2]) > 3.2");
  for (const State state : {State::warm, State::rewind}) {
    auto settings = with(&FunctionSettings::state, state);
    settings.cpu_ms = 300;
    const bool one_process = state == State::warm || at.runner().inspect({})->rewind.holds;
    bool past = false;
    // 17 calls of one process; on a busy machine there may be a few.
    for (int i = 0; i < (one_process ? 120 : 20) && !past; ++i) {
      const auto execution = at.invoke(function, "{}", settings);
      REQUIRE(execution);
      CAPTURE(i);
      CAPTURE(execution->detail);
      REQUIRE(execution->verdict == Verdict::ok);
      past = execution->output.text == "true";
    }
    CHECK(past == one_process);
  }
}

TEST_CASE("the kernel's own limit of CPU time is a timeout before it kills") {
  Running at;
  const auto function =
      at.function("import resource\ndef main(): return resource.getrlimit(resource.RLIMIT_CPU)");
  const auto limits = [&](std::int64_t cpu_ms) {
    return at.invoke(function, "{}", with(&FunctionSettings::cpu_ms, cpu_ms))->output.text;
  };
  CHECK(limits(1000) == "[3, 4]");
  CHECK(limits(800'000) == "[1002, 1003]");
}

TEST_CASE(
    "a signal that the kernel sends when time runs out is no timeout while there is some left") {
  RunnerOptions options = quick_options();
  options.isolation = Isolation::off;  // the first process of a namespace does not feel it
  Running at(options);
  const auto execution =
      at.run("import os, signal\ndef main(): os.kill(os.getpid(), signal.SIGXCPU)");
  CHECK(execution.verdict == Verdict::crashed);
  CHECK(execution.detail == "killed by signal 24 (SIGXCPU)");
}

TEST_CASE("a rewound call finds what the first one found, and is measured apart") {
  Running at;
  const auto rewind = with(&FunctionSettings::state, State::rewind);
  const bool possible = at.runner().inspect({})->rewind.holds;
  CHECK(at.runner().inspect({})->rewind.detail.empty() == possible);
  const auto function = at.function(
      "import random\nkept = []\ndef main(*, large=False):\n  kept.append(1); print('once')\n"
      "  big = b'x' * ((40 << 20) if large else 1)\n  return [len(kept), random.random()]");
  std::set<std::string> answers;
  for (int i = 0; i < 40; ++i) {
    const bool large = i % 8 == 7;
    const auto execution = at.invoke(function, large ? R"({"large": true})" : "{}", rewind);
    REQUIRE(execution);
    CHECK(execution->verdict == Verdict::ok);
    CHECK(execution->output.text.starts_with("[1, "));
    CHECK(at.printed(*execution).out == "once\n");
    CHECK((execution->peak_memory_kb > 40'000) == large);
    answers.insert(execution->output.text);
  }
  CHECK(answers.size() == 40);
  CHECK(at.runner().get_loaded({function.fn_id})->settings.state ==
        (possible ? State::rewind : State::fresh));
}

TEST_CASE("memory that one call had is not told for the next in its process") {
  Running at;
  const auto function = at.function(
      "def main(*, used=0, told=0):\n  big = b'x' * (used << 20)\n  del big\n"
      "  return 'x' * (told << 20)");
  for (const State state : {State::warm, State::rewind}) {
    const auto settings = with(&FunctionSettings::state, state);
    for (int i = 0; i < 12; ++i) REQUIRE(at.invoke(function, "{}", settings));
    for (int i = 0; i < 4; ++i) {
      const auto large = at.invoke(function, R"({"used": 100})", settings);
      CHECK(large->peak_memory_kb > 100 << 10);
      CHECK(at.invoke(function, "{}", settings)->peak_memory_kb < 50 << 10);
      // What a result takes is given back when it has been sent, and maybe looked at before.
      CHECK(at.invoke(function, R"({"told": 5})", settings)->peak_memory_kb > 10 << 10);
      const auto small = at.invoke(function, "{}", settings);
      CHECK(small->peak_memory_kb < 50 << 10);
    }
  }
}

TEST_CASE("calls that nobody waits for any more do not end a function's rewinding") {
  Running at;
  const auto rewind = with(&FunctionSettings::state, State::rewind);
  const auto function =
      at.function("import time\ndef main(*, s=0.0): time.sleep(s); return 'waited'");
  for (int i = 0; i < 20; ++i) REQUIRE(at.invoke(function, "{}", rewind));
  for (int i = 0; i < 5; ++i) {
    auto [ours, theirs] = socket_pair();
    theirs.reset();
    const ClientScope scope(ours.get());
    CHECK(at.invoke(function, R"({"s": 9})", rewind)->verdict == Verdict::cancelled);
  }
  const bool possible = at.runner().inspect({})->rewind.holds;
  CHECK(at.invoke(function, "{}", rewind)->verdict == Verdict::ok);
  CHECK(at.runner().get_loaded({function.fn_id})->settings.state ==
        (possible ? State::rewind : State::fresh));
}

TEST_CASE("a function whose calls cannot be undone has fresh ones, and says so") {
  Running at;
  const auto rewind = with(&FunctionSettings::state, State::rewind);
  const auto function = at.function(
      "import os\ndef main():\n  found = os.listdir('/tmp'); open('/tmp/left', 'w').close()\n"
      "  return found");
  const auto says_fresh = [&] {
    CHECK(at.invoke(function, "{}", rewind)->output.text == "[]");
    return at.runner().get_loaded({function.fn_id})->settings.state == State::fresh;
  };
  CHECK(kappa::test::eventually(says_fresh));
  CHECK(at.invoke(function, "{}", rewind)->output.text == "[]");
}

TEST_CASE("a call is stopped by its owner, and by its caller's going away") {
  RunnerOptions options = quick_options();
  options.timeout_ms = 20'000;
  Running at(options);
  const auto function =
      at.function("import time\ndef main(): print('on', flush=True); time.sleep(19)");
  CHECK(at.runner().cancel({make_uuid(at.stores().clock, at.stores().random)}).error().code ==
        Code::not_found);

  std::thread owner([&] {
    std::optional<Uuid> running;
    CHECK(kappa::test::eventually([&] {
      const auto page = at.stores().data->list_executions({function.user_id, {}, {}, true, {}, {}});
      if (page->executions.empty()) return false;
      running = page->executions.front().exec_id;
      return true;
    }));
    CHECK(at.runner().cancel({*running}));
    CHECK(at.stores().data->get_execution({*running})->verdict == Verdict::cancelled);
  });
  const auto stopped = at.invoke(function);
  owner.join();
  REQUIRE(stopped);
  CHECK(stopped->verdict == Verdict::cancelled);
  CHECK(stopped->detail == "its owner stopped it");
  CHECK(stopped->wall_us < 10'000'000);

  auto [ours, theirs] = socket_pair();
  std::thread client([&, far = std::move(theirs)]() mutable {
    CHECK(kappa::test::eventually([&] { return at.runner().inspect({})->running_calls == 1; }));
    far.reset();
  });
  const ClientScope scope(ours.get());
  const auto left = at.invoke(function);
  client.join();
  REQUIRE(left);
  CHECK(left->verdict == Verdict::cancelled);
  CHECK(left->detail == "whoever called it went away");
}

TEST_CASE("a function runs no more often at a time than it may, others beside it do") {
  Running at;
  const auto slow = at.function("import time\ndef main(): time.sleep(0.2)");
  const auto quick = at.function("def main(): return 1");
  const auto one = with(&FunctionSettings::concurrency, 1);
  REQUIRE(at.invoke(slow, "{}", one));
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) callers.emplace_back([&] { CHECK(at.invoke(slow, "{}", one)); });
  CHECK(at.invoke(quick)->queued_us < 100'000);
  for (auto& caller : callers) caller.join();
  CHECK(std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(600));
}

}  // namespace
}  // namespace kappa::runner::test
