// Who would go first if memory ran out, as the kernel tells.
#include <unistd.h>

#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

TEST_CASE("a call that goes on goes before its zygote, with all it starts; the next does not") {
  if (::geteuid() != 0) return;  // an ordinary user's server may not say so
  Running at;
  const auto function = at.function(
      "import os, time\n"
      "def score(): return open('/proc/self/oom_score_adj').read().strip()\n"
      "def main(*, busy):\n"
      "    reader, writer = os.pipe()\n"
      "    started = os.fork()\n"
      "    until = time.monotonic() + 0.3\n"
      "    while busy and time.monotonic() < until:\n"
      "        pass\n"
      "    if started == 0:\n"
      "        os.write(writer, score().encode())\n"
      "        os._exit(0)\n"
      "    os.wait()\n"
      "    return [os.getpid(), score(), os.read(reader, 9).decode()]");
  FunctionSettings settings;
  settings.state = State::warm;
  const auto scores = [&](const char* arguments) {
    const auto execution = at.invoke(function, arguments, settings);
    REQUIRE(execution);
    CAPTURE(execution->detail);
    return execution->output.text;
  };
  const std::string before = scores(R"({"busy": false})");
  CHECK(before.ends_with(R"("900", "900"])"));
  CHECK(scores(R"({"busy": true})").ends_with(R"("1000", "1000"])"));
  CHECK(scores(R"({"busy": false})") == before);
}

}  // namespace
}  // namespace kappa::runner::test
