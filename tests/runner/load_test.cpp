// Code that cannot be used is refused with its reason and its line, in time.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runner/function_users.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

/// So many calls, one after the other, each return that.
void check_calls(Running& at, const data::Function& function, int calls, const std::string& output,
                 const FunctionSettings& settings = {}) {
  for (int i = 0; i < calls; ++i) {
    const auto execution = at.invoke(function, "{}", settings);
    REQUIRE(execution);
    CAPTURE(execution->detail);
    CHECK(execution->output.text == output);
  }
}

TEST_CASE(
    "a module that starts threads is loaded in each call, and knows nothing of the calls before") {
  Running at;
  const auto function = at.function(
      "import threading, time\ncalls = []\n"
      "beat = threading.Thread(target=time.sleep, args=(9,), daemon=True)\nbeat.start()\n"
      "def main(*, n):\n  calls.append(n)\n  return [calls, beat.is_alive()]\n");
  for (const auto* n : {"1", "2", "3"}) {
    const auto execution = at.invoke(function, R"({"n": )" + std::string(n) + "}");
    REQUIRE(execution);
    CHECK(execution->output.text == "[[" + std::string(n) + "], true]");
  }
}

/// Its main() gives how many calls there were before, as far as they can be told of.
void check_knows_of_no_call_before(const std::string& counts) {
  CAPTURE(counts);
  for (const State state : {State::fresh, State::rewind}) {
    Running at;
    FunctionSettings settings;
    settings.state = state;
    const auto function = at.function("import ctypes, mmap, tempfile\n" + counts);
    check_calls(at, function, 12, "0", settings);
  }
}

TEST_CASE("memory that a module has for its calls to share is each call's own") {
  const std::string counts = "def main():\n  seen[0] += 1\n  return seen[0] - 1\n";
  check_knows_of_no_call_before("seen = mmap.mmap(-1, 1)\n" + counts);
  check_knows_of_no_call_before(
      "file = tempfile.TemporaryFile()\nfile.truncate(1)\nseen = mmap.mmap(file.fileno(), 1)\n" +
      counts);
  check_knows_of_no_call_before(
      "import multiprocessing\n"
      "one = multiprocessing.Value('i', 0, lock=False)\nseen = memoryview(one).cast('B')\n" +
      counts);
  // Nobody may look into its process from then on.
  check_knows_of_no_call_before("seen = mmap.mmap(-1, 1)\nctypes.CDLL(None).prctl(4, 0)\n" +
                                counts);  // PR_SET_DUMPABLE
}

TEST_CASE("a module may have machine code made, and files mapped to be read, and is loaded once") {
  Running at;
  // It loads longer than its calls run: they are told apart by their CPU time.
  const auto function = at.function(
      "import ctypes, mmap, time\n"
      "with open('/usr/bin/python3.11', 'rb') as file:\n"
      "  program = mmap.mmap(file.fileno(), 100, prot=mmap.PROT_READ)\n"
      "three = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 3)\n"
      "end = time.process_time() + 0.1\nwhile time.process_time() < end: pass\n"
      "def main(): return [three(), program[0]]\n");
  REQUIRE(at.invoke(function));
  const auto execution = at.invoke(function);
  REQUIRE(execution);
  CHECK(execution->output.text == "[3, 127]");
  CHECK(execution->cpu_us < 100'000);
}

TEST_CASE("what a module wants done when its process forks is done in its calls") {
  Running at;
  const auto function = at.function(
      "import os\ndone = []\n"
      "os.register_at_fork(before=lambda: done.append('before'),\n"
      "                    after_in_child=lambda: done.append('child'),\n"
      "                    after_in_parent=lambda: done.append('parent'))\n"
      "def main(): return done\n");
  check_calls(at, function, 3, R"(["before", "child"])");
}

TEST_CASE("the signals that a module holds back are held back in its calls") {
  for (const State state : {State::fresh, State::rewind}) {
    Running at;
    FunctionSettings settings;
    settings.state = state;
    const auto function = at.function(
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])\n"
        "def main(): return [int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, [])]\n");
    check_calls(at, function, 12, "[12]", settings);
  }
}

TEST_CASE("a module's signals and timers reach its calls alone") {
  Running at;
  const auto function = at.function(
      "import os, signal, time\nheard = []\n"
      "signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))\n"
      "signal.setitimer(signal.ITIMER_REAL, 0.05)\n"  // would end the process that forks
      "def main():\n"
      "  os.kill(os.getpid(), signal.SIGUSR1)\n"
      "  time.sleep(0.1)\n"
      "  return len(heard)\n");
  check_calls(at, function, 3, "1");
}

TEST_CASE("a module's handler of its children's ends is there in its calls") {
  Running at;
  const auto function = at.function(
      "import os, signal\nheard = []\n"
      "signal.signal(signal.SIGCHLD, lambda *_: heard.append(1))\n"
      "def main():\n"
      "  child = os.fork()\n"
      "  if child == 0: os._exit(3)\n"
      "  ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
      "  return [ended, len(heard)]\n");
  check_calls(at, function, 3, "[3, 1]");
}

TEST_CASE("a module's handler of its children's ends is there in calls that are put back") {
  Running at;
  FunctionSettings settings;
  settings.state = State::rewind;
  // The kernel's word: to have it called would leave what cannot be put back.
  const auto function = at.function(
      "import signal\nsignal.signal(signal.SIGCHLD, lambda *_: None)\n"
      "def main():\n"
      "  status = open('/proc/self/status').read()\n"
      "  return int(status.split('SigCgt:')[1].split()[0], 16) >> 16 & 1\n");
  check_calls(at, function, 12, "1", settings);
}

TEST_CASE("a module that ends each of its new processes has its calls end so") {
  Running at;
  const std::pair<std::string, Verdict> cases[] = {
      {"os._exit(3)", Verdict::exited},
      {"os.abort()", Verdict::crashed},
  };
  for (const auto& [end, verdict] : cases) {
    CAPTURE(end);
    const auto function = at.function(
        "import os, time\n"
        "def end():\n"
        "  while time.process_time() < 0.02: pass\n"
        "  " +
        end +
        "\n"
        "os.register_at_fork(before=end)\ndef main(): pass\n");
    for (int i = 0; i < 3; ++i) {
      const auto execution = at.invoke(function);
      REQUIRE(execution);
      CHECK(execution->verdict == verdict);
      CHECK(execution->detail.find("did not get ready for the call (") != std::string::npos);
      CHECK(execution->cpu_us >= 60'000);  // of each that was tried
    }
  }
}

TEST_CASE("what processes that ended early used is charged when time runs out for the next") {
  Running at;
  const auto function = at.function(
      "import os, time\n"
      "def end():\n"
      "  while time.process_time() < 2: pass\n"
      "  os._exit(3)\n"
      "os.register_at_fork(before=end)\ndef main(): pass\n");
  const auto execution = at.invoke(function);
  REQUIRE(execution);
  CHECK(execution->verdict == Verdict::timeout);
  CHECK(execution->cpu_us >= 2'500'000);
}

TEST_CASE("each way a module can be unusable is told, with the line") {
  Running at;
  const std::pair<const char*, const char*> cases[] = {
      {"x = 1\n", "Function 'main()' not found inside code."},
      {"main = 3\n", "Function 'main()' not found inside code."},
      {"class main: pass\ndel main\n", "Function 'main()' not found inside code."},
      {"def main():\n  return (1\n", "Invalid code. SyntaxError on line 2: '(' was never closed"},
      {"def main():\nreturn 1\n", "Invalid code. IndentationError on line 2"},
      {"def main(a): pass\n",
       "Invalid code. main() on line 1 has the positional parameter 'a'; put '*' before it: def "
       "main(*, a)"},
      {"\ndef main(a, /, *, b): pass\n",
       "Invalid code. main() on line 2 has the positional parameter 'a'"},
      {"def main(*a): pass\n",
       "Invalid code. main() on line 1 has the positional parameter '*a'; take **kw instead"},
      {"raise ValueError('no')\n", "Invalid code. ValueError on line 1: no"},
      {"def f():\n  raise KeyError('x')\nf()\n", "Invalid code. KeyError on line 2: 'x'"},
      {"import no_such_module\n",
       "Invalid code. ModuleNotFoundError on line 1: No module named 'no_such_module'"},
      {"import sys\nsys.exit(3)\n",
       "Invalid code. The module ends its process on line 2 (exit code 3)"},
      {"raise SystemExit\n", "Invalid code. The module ends its process on line 1 (exit code 0)"},
      {"import os\nos._exit(3)\n", "Invalid code. The module ends its process while it is loaded"},
      {"import os\nos.kill(os.getpid(), 11)\n",
       "Invalid code. The module ends its process while it is loaded"},
      {"\n\nwhile True: pass\n",
       "Invalid code. The module does not get to its end within 1000 ms, on line 3"},
      {"import time\ntime.sleep(99)\n",
       "Invalid code. The module does not get to its end within 1000 ms, on line 2"},
      {"class E(Exception):\n  def __str__(self): raise E\nraise E\n",
       "Invalid code. E on line 3: (a value that cannot be shown)"},
      {"import os, time\nif os.fork() == 0: time.sleep(9)\ndef main(): pass\n",
       "Invalid code. The module leaves processes behind when it is loaded; start them inside "
       "main()"},
      {"def f(): f()\nf()\n", "Invalid code. RecursionError on line 1"},
  };
  for (const auto& [code, expected] : cases) {
    CAPTURE(code);
    const std::string told = at.refusal(code);
    CAPTURE(told);
    CHECK(told.starts_with(expected));
  }
  CHECK(at.refusal(std::string("def main(): pass\n\0", 18))
            .starts_with("Invalid code. ValueError: source code"));
  CHECK(at.runner().inspect({})->loaded_functions == 0);
}

TEST_CASE("a module that takes all memory while it is loaded is refused, and the next one loads") {
  Running at;
  CHECK(
      at.refusal("x = []\nwhile True: x.append(bytearray(10**7))\n").starts_with("Invalid code. "));
  CHECK(at.run("def main(): return 1").output.text == "1");
}

TEST_CASE("a module is told how the processes ended that it started while it was loaded") {
  Running at;
  const auto execution = at.run(
      "import os, subprocess\ncode = subprocess.run(['/bin/sh', '-c', 'exit 7']).returncode\n"
      "left = os.fork()\n"  // it ends, and nobody takes note of that
      "if left == 0: os._exit(0)\n"
      "os.waitid(os.P_PID, left, os.WEXITED | os.WNOWAIT)\ndef main(): return code\n");
  CAPTURE(execution.detail);
  CHECK(execution.output.text == "7");
}

TEST_CASE("parameters are told: required ones, those with defaults, and **kw") {
  Running at;
  const auto told = [&](const std::string& code) {
    const auto function = at.function(code);
    const auto loaded = at.runner().load({function.fn_id, *function.code_id});
    REQUIRE(loaded);
    CHECK(at.runner().get_loaded({function.fn_id})->loaded);
    std::string text;
    for (const auto& parameter : loaded->parameters)
      text += parameter.name + (parameter.required ? " " : "? ");
    return text + (loaded->takes_any ? "**" : "");
  };
  CHECK(told("def main(): pass") == "");
  CHECK(told("def main(*, a, b=1, c): pass") == "a b? c ");
  CHECK(told("def main(**kw): pass") == "**");
  CHECK(told("def main(*, a, **kw): pass") == "a **");
  CHECK(told("async def main(*, a): pass") == "a ");
  CHECK(told("main = lambda *, a=2: a") == "a? ");
  CHECK(told("import functools\ndef deco(f):\n  @functools.wraps(f)\n  def w(*a, **k): return "
             "f(*a, **k)\n  return w\n"
             "@deco\ndef main(*, x, y=1): return x\n") == "x y? ");
  CHECK(told("class C:\n  def __call__(self, *, z): return z\nmain = C()\n") == "z ");
}

TEST_CASE("where /tmp is the machine's, what one function left there holds no other's loading up") {
  RunnerOptions options = quick_options();
  options.isolation = Isolation::off;
  Running at(options);
  const pid_t ended = ::fork();
  if (ended == 0) ::_exit(0);
  REQUIRE(::waitpid(ended, nullptr, 0) == ended);
  const std::string left = "/tmp/kappa-fn-" + std::to_string(ended) + "-test";
  std::filesystem::create_directory(left);
  for (int i = 0; i < 30'000; ++i) std::ofstream(left + "/" + std::to_string(i));
  // The template is an ordinary user when we are root.
  if (::geteuid() == 0) {
    const bool given = ::chown(left.c_str(), template_user, template_user) == 0;
    REQUIRE((given || ::chown(left.c_str(), nobody, nobody) == 0));
  }
  CHECK(at.run("def main(): return 1").output.text == "1");
  CHECK(std::filesystem::exists(left));
  CHECK(kappa::test::eventually([&] { return !std::filesystem::exists(left); }));
}

TEST_CASE("what is not loaded says so, and unloading it is no error") {
  Running at;
  const Uuid nobody = make_uuid(at.stores().clock, at.stores().random);
  CHECK_FALSE(at.runner().get_loaded({nobody})->loaded);
  CHECK(at.runner().unload({nobody}));
  CHECK(at.runner().load({nobody, {std::string(64, 'a')}}).error().code == Code::not_found);
}

}  // namespace
}  // namespace kappa::runner::test
