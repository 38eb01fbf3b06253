// What processes use whose parent does not want to hear of it, where there are control groups.
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

// main(calls) has so many processes made, one after the other, that use 20 ms each; the parent of
// those whose end it ignores never hears of it.
const std::string children =
    "import os, signal, time\n"
    "def one():\n"
    "    if os.fork() == 0:\n"
    "        while time.process_time() < 0.02:\n"
    "            pass\n"
    "        os._exit(0)\n";

std::int64_t charged_us(Running& at, const data::Function& function, int calls,
                        const FunctionSettings& settings = {}) {
  std::int64_t us = 0;
  for (int i = 0; i < calls; ++i) {
    const auto execution = at.invoke(function, "{}", settings);
    REQUIRE(execution);
    CHECK(execution->verdict == Verdict::ok);
    us += execution->cpu_us;
  }
  return us;
}

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

TEST_CASE("what processes use is charged once, whoever waits for them") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  FunctionSettings settings;
  const auto waited_for = children + "def main():\n    one()\n    os.wait()\n";
  const auto left_behind =
      "import os, time\n"
      "def main():\n"
      "    if os.fork() == 0:\n"
      "        end = time.monotonic() + 0.02\n"
      "        while time.monotonic() < end:\n"
      "            pass\n"
      "        time.sleep(60)\n"
      "    time.sleep(0.04)\n";
  for (const State state : {State::fresh, State::warm}) {
    settings.state = state;
    for (const std::string& code : {waited_for, std::string(left_behind)}) {
      CAPTURE(code);
      const auto function = at.function(code);
      constexpr int calls = 40;
      const std::int64_t us = charged_us(at, function, calls, settings);
      CHECK(us < calls * 20'000 * 3 / 2);  // and what it takes to make them
    }
  }
}

}  // namespace
}  // namespace kappa::runner::test
