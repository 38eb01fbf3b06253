// Who would go first if memory ran out, as the kernel tells.
#include <unistd.h>

#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

TEST_CASE(
    "a call of a function that is short of memory goes before its zygote, with all it starts") {
  Running at;
  if (::geteuid() != 0 || !at.runner().inspect({})->layers.back().holds) return;
  const auto function = at.function(
      "import os, socket, time\n"
      "calls = 0\n"
      "def score(): return int(open('/proc/self/oom_score_adj').read())\n"
      "def fill(end):\n"
      "    try:\n"
      "        while True: end.send(bytes(65536), socket.MSG_DONTWAIT)\n"
      "    except BlockingIOError: pass\n"
      "def main(*, sockets):\n"
      "    global calls\n"
      "    calls += 1\n"
      "    pairs = [socket.socketpair() for _ in range(sockets)]\n"
      "    for one, _ in pairs: fill(one)\n"
      "    reader, writer = os.pipe()\n"
      "    if os.fork() == 0:\n"
      "        time.sleep(0.2)\n"
      "        os.write(writer, str(score()).encode())\n"
      "        os._exit(0)\n"
      "    os.wait()\n"
      "    return [calls, score(), int(os.read(reader, 9))]");
  FunctionSettings settings;
  settings.state = State::warm;
  settings.memory_mb = 64;  // with the next as much as the kernel keeps of 400 sockets
  settings.scratch_mb = 16;
  settings.open_files = 1000;
  const auto scores = [&](const char* arguments) {
    const auto execution = at.invoke(function, arguments, settings);
    REQUIRE(execution);
    CAPTURE(execution->detail);
    return execution->output.text;
  };
  CHECK(scores(R"({"sockets": 0})") == "[1, 500, 500]");
  CHECK(scores(R"({"sockets": 480})") == "[2, 1000, 1000]");
  CHECK(scores(R"({"sockets": 0})") == "[3, 500, 500]");
}

}  // namespace
}  // namespace kappa::runner::test
