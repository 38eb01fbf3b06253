// Who goes first on the processors, as the kernel shows it, on machines that have control groups.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "runner/processes.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

/// Of the group that holds the one process with that name.
std::int64_t weight_of_named(const std::string& name) {
  const auto found = processes_named(name);
  return found.empty() ? -1 : weight_of(found.front());
}

TEST_CASE("the server goes before functions, and the template, from which they come, does not") {
  {
    Running at;
    if (!at.runner().inspect({})->layers.back().holds) return;
    CHECK(weight_of(::getpid()) == 2 * 1024);
    CHECK(weight_of(template_of_ours()) == 1024);
    ::kill(template_of_ours(), SIGKILL);
    CHECK(kappa::test::eventually([&] {
      const auto function = at.function("def main(): pass");
      return at.invoke(function) && weight_of(template_of_ours()) == 1024;
    }));
  }
  CHECK(server_groups().empty());
  Running again;
  CHECK(weight_of(::getpid()) == 2 * 1024);
}

TEST_CASE(
    "a function gives way to others while it has used much of the processors, and no longer") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  if (std::thread::hardware_concurrency() > 16) return;  // more than this uses up half of
  const auto busy = at.function(
      "import ctypes, os, time\n"
      "def name(text): ctypes.CDLL(None).prctl(15, text)\n"
      "def spin(s):\n"
      "    while time.process_time() < s:\n"
      "        pass\n"
      "def main(*, busy_s, then_s):\n"
      "    name(b'kappa-weight')\n"
      "    others = os.cpu_count() // 2 if busy_s else 0\n"  // on half of all, and on one
      "    for _ in range(others):\n"
      "        if os.fork() == 0:\n"
      "            name(b'kappa-other')\n"
      "            spin(busy_s)\n"
      "            os._exit(0)\n"
      "    spin(busy_s)\n"
      "    time.sleep(then_s)\n");
  const auto call = [&](const char* arguments) { CHECK(at.invoke(busy, arguments)); };
  std::jthread long_call(call, R"({"busy_s": 0.7, "then_s": 0})");
  CHECK(kappa::test::eventually([] { return weight_of_named("kappa-weight") == 256; }));
  long_call.join();
  std::jthread calls([&] {  // it rests in them
    for (int i = 0; i < 8; ++i) call(R"({"busy_s": 0, "then_s": 0.25})");
  });
  CHECK(kappa::test::eventually([] { return weight_of_named("kappa-weight") == 1024; }));
}

TEST_CASE("a user whose functions are busy has no more of the processors than one with one") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  const std::vector<std::string> names = {"kappa-one", "kappa-many-1", "kappa-many-2",
                                          "kappa-many-3"};
  FunctionSettings settings;
  settings.timeout_ms = 10'000;
  std::vector<std::jthread> calls;
  for (const std::string& name : names) {
    auto function = at.function(
        "import ctypes, time\n"
        "def main(*, name):\n"
        "    ctypes.CDLL(None).prctl(15, name.encode())\n"
        "    until = time.monotonic() + 3\n"
        "    while time.monotonic() < until:\n"
        "        pass\n");
    function.user_id = name == names.front() ? 1 : 2;
    calls.emplace_back([&at, function, settings, arguments = R"({"name": ")" + name + R"("})"] {
      CHECK(at.invoke(function, arguments, settings));
    });
  }
  CHECK(kappa::test::eventually([&] {
    const auto one = processes_named(names.front());
    if (one.empty() || group_of(one.front()).filename() == "template") return false;
    const std::int64_t whole = weight_of(one.front());
    return std::all_of(names.begin() + 1, names.end(), [&](const std::string& name) {
      const std::int64_t weight = weight_of_named(name);
      return weight > 0 && 3 * weight <= whole;
    });
  }));
}

TEST_CASE("of a function that has no calls what is there has hardly any share") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  const auto function = at.function(
      "import ctypes\n"
      "def main(): ctypes.CDLL(None).prctl(15, b'kappa-rests')");
  FunctionSettings settings;
  settings.state = State::warm;
  CHECK(at.invoke(function, "{}", settings));
  CHECK(kappa::test::eventually([] {
    const std::int64_t weight = weight_of_named("kappa-rests");
    return weight > 0 && weight <= 10;  // two of 1024, one of 100
  }));
  CHECK(at.invoke(function, "{}", settings));
}

}  // namespace
}  // namespace kappa::runner::test
