// Calls: what goes in, what comes out, and the verdict when it does not.
#include <chrono>
#include <set>
#include <thread>

#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

TEST_CASE("any JSON goes in and comes out as it is") {
  Running at;
  const auto echo = at.function("def main(**kw): return kw");
  for (const char* args :
       {"{}", R"({"a": [1, 2.5, true, null, "\u00e9\ud83d\ude00", {"b": {}}]})",
        R"({"n": 12345678901234567890123})", R"({"self": 1, "main": 2, "kw": 3, "": 4, "a b": 5})",
        R"({"t": "line\nline\u0000"})"}) {
    CAPTURE(args);
    const auto execution = at.invoke(echo, args);
    REQUIRE(execution);
    CHECK(execution->verdict == Verdict::ok);
    CHECK(execution->output.text == args);
  }
  CHECK(at.run("def main(): pass").output.text == "null");
  CHECK(at.run("async def main(*, n):\n  import asyncio\n  await asyncio.sleep(0)\n  return n + 1",
               R"({"n": 1})")
            .output.text == "2");
}

TEST_CASE("arguments that main() does not take, or lacks, are refused before anything runs") {
  Running at;
  const auto function = at.function("def main(*, name, count=1): return name");
  const Error unknown = at.invoke(function, R"({"name": 1, "nam": 2})").error();
  CHECK(unknown.code == Code::invalid_argument);
  CHECK(unknown.detail == "nam");
  CHECK(unknown.faults.at(0).at == "/nam");
  CHECK(unknown.faults.at(0).why == "is not a parameter of main(); did you mean 'name'?");
  const Error missing = at.invoke(function, R"({"count": 1})").error();
  CHECK(missing.code == Code::invalid_argument);
  CHECK(missing.detail == "too few arguments");
  CHECK(missing.faults.at(0).at == "/name");
  CHECK(at.invoke(function, "[]").error().code == Code::invalid);
  CHECK(at.stores().data->get_bill({function.user_id})->total == 0);
}

TEST_CASE("every way a call can go wrong has its verdict") {
  Running at;
  const std::tuple<const char*, Verdict, const char*> cases[] = {
      {"def main(): raise ValueError('no')", Verdict::error, "ValueError: no"},
      {"def main(): raise KeyboardInterrupt", Verdict::error, "KeyboardInterrupt"},
      {"def main(): raise BaseException('x\\ny')", Verdict::error, "BaseException: x"},
      {"def main(): main()", Verdict::error, "RecursionError: maximum recursion depth exceeded"},
      {"def main(): return {1}", Verdict::bad_result,
       "main() returned what is not JSON: Object of type set"},
      {"def main(): return float('nan')", Verdict::bad_result,
       "main() returned what is not JSON: Out of range"},
      {"def main(): return b'x'", Verdict::bad_result, "main() returned what is not JSON"},
      {"def main(): return 10**400", Verdict::bad_result,
       "main() returned what is not JSON for everyone: it a number"},
      {"def main():\n  x = []\n  for i in range(5000): x = [x]\n  return x", Verdict::bad_result,
       "main() returned what is not JSON"},
      {"def main():\n  x = []\n  for i in range(80): x = [x]\n  return x", Verdict::bad_result,
       "main() returned what is not JSON for everyone"},
      {"def main(): return {1: 2, '1': 3}", Verdict::bad_result,
       "main() returned what is not JSON for everyone"},
      {"def main(): return 'x' * 7_000_000", Verdict::bad_result,
       "main() returned 7000002 bytes of JSON; the limit is 6291456"},
      {"def main(): return '\\ud800'", Verdict::bad_result,
       "main() returned what is not JSON for everyone"},
      {"def main():\n  while True: pass", Verdict::timeout, "ran longer than its limit of 1500 ms"},
      {"import time\ndef main(): time.sleep(60)", Verdict::timeout, "ran longer"},
      {"def main():\n  while True:\n    try:\n      while True: pass\n    except BaseException: "
       "pass",
       Verdict::timeout, "ran longer"},
      {"import os, signal\ndef main():\n  signal.signal(signal.SIGTERM, signal.SIG_IGN)\n  "
       "os.kill(os.getpid(), signal.SIGSTOP)\n  while True: pass",
       Verdict::timeout, "ran longer"},
      {"def main(): bytearray(10**9)", Verdict::out_of_memory, "MemoryError"},
      {"def main():\n  x = []\n  while True: x.append(bytearray(10**6))", Verdict::out_of_memory,
       "MemoryError"},
      {"import sys\ndef main(): sys.exit(4)", Verdict::exited,
       "ended its process with exit code 4 before main() returned"},
      {"import os\ndef main(): os._exit(0)", Verdict::exited, "ended its process with exit code 0"},
      {"import ctypes\ndef main(): ctypes.string_at(0)", Verdict::crashed,
       "killed by signal 11 (SIGSEGV)"},
      {"import os\ndef main(): os.abort()", Verdict::crashed, "killed by signal"},
  };
  for (const auto& [code, verdict, detail] : cases) {
    CAPTURE(code);
    const Execution execution = at.run(code);
    CAPTURE(execution.detail);
    CHECK(execution.verdict == verdict);
    CHECK(execution.detail.starts_with(detail));
    CHECK(execution.output.text == "null");
    CHECK(execution.wall_us < 1'900'000);
  }
}

TEST_CASE("endless recursion ends, one way or another, in time") {
  Running at;
  const Execution execution =
      at.run("import sys\ndef main():\n  sys.setrecursionlimit(10**9)\n  def f(): f()\n  f()");
  CHECK(execution.verdict != Verdict::ok);
  CHECK(execution.wall_us < 1'900'000);
}

TEST_CASE("a traceback shows the function's own lines, in the reply and in the log") {
  Running at;
  const Execution execution = at.run(
      "def helper():\n    print('before')\n    return {}['k']\ndef main():\n    return helper()\n");
  CHECK(execution.traceback ==
        "Traceback (most recent call last):\n  File \"function.py\", line 5, in main\n    return "
        "helper()\n           ^^^^^^^^\n"
        "  File \"function.py\", line 3, in helper\n    return {}['k']\n           "
        "~~^^^^^\nKeyError: 'k'\n");
  CHECK(at.printed(execution).out == "before\n");
  CHECK(at.printed(execution).err == execution.traceback);
}

TEST_CASE(
    "what was printed is kept, channel by channel, in order, whatever bytes and whatever end") {
  Running at;
  const Execution mixed = at.run(
      "import sys, os\ndef main():\n  print('one')\n  print('two', file=sys.stderr)\n  "
      "print('three', end='')\n"
      "  sys.stdout.flush()\n  os.write(1, b'\\xff\\xc3\\xa9\\xc3')\n");
  CHECK(at.printed(mixed).out == "one\nthree\\xff\xc3\xa9\\xc3");
  CHECK(at.printed(mixed).err == "two\n");
  CHECK(at.printed(at.run("def main():\n  print('kept')\n  while True: pass")).out == "kept\n");
  CHECK(at.printed(at.run("import os\ndef main():\n  print('kept')\n  os.abort()")).out ==
        "kept\n");
  CHECK(at.printed(at.run("import os\ndef main():\n  print('kept', end='')\n  raise SystemExit(1)"))
            .out == "kept");
  CHECK(at.printed(at.run("import subprocess\ndef main(): subprocess.run(['echo', 'from a child'], "
                          "check=True)"))
            .out == "from a child\n");
}

TEST_CASE("output beyond its cap is cut and marked, and is no verdict") {
  RunnerOptions options = quick_options();
  options.output_bytes = 1000;
  options.timeout_ms = 10'000;
  Running at(options);
  const Execution execution = at.run(
      "import sys\ndef main():\n  for i in range(50): sys.stdout.write('\\u00e9' * 500_000)\n  "
      "print('end', file=sys.stderr)\n  return 1");
  CHECK(execution.verdict == Verdict::ok);
  CHECK(execution.output_cut);
  const std::string out = at.printed(execution).out;
  CHECK(out.ends_with("\n[output cut at 1000 bytes]\n"));
  CHECK(out.size() < 1100);
  CHECK(at.printed(execution).err.empty());
}

TEST_CASE("module globals, /tmp and randomness are fresh in every call") {
  Running at;
  const auto function = at.function(
      "import os, random, ssl, tempfile, uuid, secrets\nn = 0\nlist = []\nrandom.random(); "
      "ssl.RAND_bytes(1)\n"
      "def main():\n  global n\n  n += 1; list.append(1)\n  files = os.listdir('/tmp')\n  "
      "open('/tmp/x', 'w').write('x')\n"
      "  return [n, len(list), files, random.random(), ssl.RAND_bytes(8).hex(), "
      "next(tempfile._get_candidate_names()), str(uuid.uuid4())]");
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    const auto execution = at.invoke(function);
    REQUIRE(execution);
    REQUIRE(execution->output.text.starts_with("[1, 1, [], "));
    std::string rest = execution->output.text.substr(11);
    for (std::size_t end; (end = rest.find(", ")) != rest.npos; rest.erase(0, end + 2))
      seen.insert(rest.substr(0, end));
    seen.insert(rest);
  }
  CHECK(seen.size() == 4 * 50);
}

TEST_CASE("heavy standard modules can be used") {
  Running at;
  const Execution execution = at.run(
      "import asyncio, http.client, sqlite3, decimal, ssl, concurrent.futures, subprocess, "
      "threading, multiprocessing, dataclasses\n"
      "def main():\n  with concurrent.futures.ThreadPoolExecutor(4) as pool: total = "
      "sum(pool.map(abs, range(-5, 0)))\n"
      "  db = sqlite3.connect('/tmp/x.db'); db.execute('create table t(a)'); db.execute('insert "
      "into t values(7)'); db.commit()\n"
      "  return [total, db.execute('select a from t').fetchone()[0], str(decimal.Decimal('0.1') * "
      "3)]");
  CAPTURE(execution.detail);
  CHECK(execution.output.text == R"([15, 7, "0.3"])");
}

TEST_CASE("time and memory are measured, and the sandbox holds") {
  Running at;
  const Execution busy = at.run(
      "import time\ndef main():\n  end = time.process_time() + 0.2\n  x = bytearray(50_000_000)\n  "
      "while time.process_time() < end: pass");
  CHECK(busy.wall_us > 200'000);
  CHECK(busy.cpu_us > 190'000);
  CHECK(busy.cpu_us < 1'000'000);
  CHECK(busy.peak_memory_kb > 48'000);
  const Execution walls = at.run(
      "import os, socket\ndef attempt(f):\n  try: f(); return 'done'\n  except OSError as e: "
      "return type(e).__name__\n"
      "def main(): return [os.getpid(), os.getppid(), os.getuid() == 0, "
      "dict(os.environ).get('KAPPA_TOKEN'),\n"
      "  attempt(lambda: open('/etc/shadow')), attempt(lambda: os.setuid(0)), attempt(lambda: "
      "socket.create_connection(('127.0.0.1', 8010), 1)),\n"
      "  os.path.exists('" +
      at.stores().dir.path().string() + "/data.db'), sorted(os.listdir('/proc/self/fd'))[:4]]");
  CAPTURE(walls.output.text);
  CAPTURE(walls.detail);
  CHECK(walls.output.text.starts_with(
      "[1, 0, false, null, \"FileNotFoundError\", \"OSError\", \"OSError\", false, "));
}

TEST_CASE("what a process calls itself is not taken for what it uses") {
  Running at;
  const Execution named =
      at.run("import ctypes\ndef main(): return ctypes.CDLL(None).prctl(15, b'VmHWM:1')");
  CHECK(named.output.text == "0");
  CHECK(named.peak_memory_kb > 4'000);
}

TEST_CASE("nothing a call starts outlives it") {
  Running at;
  const std::string mark =
      "kappa-mark-" + to_text(make_uuid(at.stores().clock, at.stores().random));
  const std::string code =
      "import os, subprocess\ndef main():\n  if os.fork() == 0:\n    os.setsid()\n    if os.fork() "
      "== 0:\n      os.execv('/bin/sh', ['" +
      mark +
      "', '-c', 'while :; do sleep 60; done'])\n    os._exit(0)\n  os.wait()\n  return 'left it "
      "behind'";
  const Execution execution = at.run(code);
  CHECK(execution.output.text == "\"left it behind\"");
  CHECK(kappa::test::eventually(
      [&] {
        return std::system(
                   ("pgrep -f " + mark.substr(0, 30) + " | grep -v $$ > /dev/null").c_str()) != 0;
      },
      std::chrono::milliseconds(2000)));
}

TEST_CASE("a fork bomb meets its limit, and others run meanwhile") {
  Running at;
  const auto good = at.function("def main(): return 1");
  std::thread bomb([&] {
    const Execution execution = at.run(
        "import os\ndef main():\n  while True:\n    try: os.fork()\n    except OSError: pass");
    CHECK(execution.verdict == Verdict::timeout);
  });
  for (int i = 0; i < 20; ++i) {
    const auto execution = at.invoke(good);
    REQUIRE(execution);
    CHECK(execution->verdict == Verdict::ok);
  }
  bomb.join();
}

TEST_CASE("nothing is lost of much that is printed on both channels, and each is in order") {
  Running at;
  const auto execution = at.run(
      "import sys\n"
      "def main():\n"
      "  for number in range(5000):\n"
      "    print(number, 'x' * 70)\n"
      "    print(number, 'y' * 70, file=sys.stderr)");
  CHECK(execution.verdict == Verdict::ok);
  const Printed printed = at.printed(execution);
  std::string out;
  std::string err;
  for (int number = 0; number < 5000; ++number) {
    out += std::to_string(number) + " " + std::string(70, 'x') + "\n";
    err += std::to_string(number) + " " + std::string(70, 'y') + "\n";
  }
  CHECK(printed.out == out);
  CHECK(printed.err == err);
}

TEST_CASE("a call that is stopped while it fills its error channel tells where it was") {
  Running at;
  const auto execution = at.run(
      "import sys\n"
      "def main():\n"
      "  while True:\n"
      "    sys.stderr.write('x' * 4095 + '\\n')");
  CHECK(execution.verdict == Verdict::timeout);
  CHECK(execution.traceback.find(", in main\n") != std::string::npos);
}

}  // namespace
}  // namespace kappa::runner::test
