// Processes that die, functions that are deleted, and what is left behind: nothing.
#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "runner/function_users.hpp"
#include "runner/processes.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

int open_descriptors() {
  int count = 0;
  for ([[maybe_unused]] const auto& fd : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

TEST_CASE("after hundreds of calls of all kinds no descriptor and no process is left over") {
  RunnerOptions options = quick_options();
  options.timeout_ms = 100;
  Running at(options);
  const auto good = at.function("def main(): print('x'); return 1");
  const auto bad = at.function("def main(): raise ValueError");
  const auto dies = at.function("import os\ndef main(): os.abort()");
  const auto slow = at.function("def main():\n  while True: pass");
  const auto round = [&] {
    for (int i = 0; i < 10; ++i) {
      for (const auto* function : {&good, &bad, &dies}) REQUIRE(at.invoke(*function));
    }
    REQUIRE(at.invoke(slow));
  };
  round();
  const pid_t root = template_of_ours();
  const auto settled = [&] {
    std::size_t spares = 0;
    for (const pid_t init : children_of(root)) {
      for (const pid_t zygote : children_of(init)) spares += children_of(zygote).size();
    }
    return spares == 4;  // four functions that are called one at a time
  };
  REQUIRE(kappa::test::eventually(settled));
  const int before = open_descriptors();
  for (int i = 0; i < 10; ++i) round();
  CHECK(kappa::test::eventually(settled));
  // Each of the four that wait may have been asked which process it is, or not yet.
  CHECK(kappa::test::eventually([&] { return open_descriptors() <= before + 4; }));
}

TEST_CASE("a template, a zygote and a waiting child may be killed: the next call works") {
  Running at;
  const auto function = at.function("def main(): return 1");
  REQUIRE(at.invoke(function));
  for (int depth = 0; depth < 4; ++depth) {
    CAPTURE(depth);
    REQUIRE(kappa::test::eventually([&] {  // the pool is full again
      pid_t pid = template_of_ours();
      for (int i = 0; i < 3; ++i) {
        const auto children = children_of(pid);
        if (children.empty()) return false;
        pid = children.front();
      }
      return true;
    }));
    pid_t victim = template_of_ours();
    for (int i = 0; i < depth; ++i) victim = children_of(victim).front();
    std::vector<pid_t> dying = {victim};
    for (std::size_t i = 0; i < dying.size(); ++i) {
      for (const pid_t child : children_of(dying[i])) dying.push_back(child);
    }
    ::kill(victim, SIGKILL);
    for (const pid_t pid : dying) REQUIRE(kappa::test::eventually([&] { return is_dead(pid); }));
    for (int i = 0; i < 3; ++i) {
      const auto execution = at.invoke(function);
      REQUIRE(execution);
      CHECK(execution->output.text == "1");
    }
  }
  const auto fresh = at.function("def main(): return 2");
  CHECK(at.invoke(fresh)->output.text == "2");
}

/// Those forked for calls of all functions.
std::vector<pid_t> waiting_processes() {
  std::vector<pid_t> waiting;
  for (const pid_t init : children_of(template_of_ours())) {
    for (const pid_t zygote : living_children_of(init)) {
      for (const pid_t child : living_children_of(zygote)) waiting.push_back(child);
    }
  }
  return waiting;
}

TEST_CASE("all that wait may be killed: the next call works, and nobody says it was the module") {
  Running at;
  const auto function =
      at.function("import time\ndef main(*, slow=False):\n  if slow: time.sleep(0.2)\n  return 1");
  const auto call_three = [&] {
    std::vector<std::thread> callers;
    for (int i = 0; i < 3; ++i)
      callers.emplace_back([&] { CHECK(at.invoke(function, R"({"slow": true})")); });
    for (auto& caller : callers) caller.join();
  };
  for (int round = 0; round < 3; ++round) {
    call_three();
    REQUIRE(kappa::test::eventually([] { return waiting_processes().size() >= 3; }));
    const auto waiting = waiting_processes();
    for (const pid_t pid : waiting) ::kill(pid, SIGKILL);
    for (const pid_t pid : waiting) REQUIRE(kappa::test::eventually([&] { return is_dead(pid); }));
    const auto execution = at.invoke(function);
    REQUIRE(execution);
    CHECK(execution->verdict == Verdict::ok);
  }
}

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST_CASE("calls that end with the template say so, are not billed, and leave nothing behind") {
  RunnerOptions options = quick_options();
  options.timeout_ms = 20'000;
  Running at(options);
  const std::string code =
      "import ctypes, time\ndef main(*, slow=False):\n  if slow:\n"
      "    ctypes.CDLL(None).prctl(15, b'kappa-lost'); time.sleep(19)\n  return 1";
  const data::Function functions[] = {at.function(code), at.function(code), at.function(code)};
  for (const auto& function : functions) REQUIRE(at.invoke(function));
  const int groups = control_groups();
  const std::string mounts = text_of("/proc/self/mountinfo");
  std::vector<std::thread> callers;
  std::atomic<int> told = 0;
  for (int i = 0; i < 9; ++i) {
    callers.emplace_back([&, i] {
      const auto execution = at.invoke(functions[i % 3], R"({"slow": true})");
      if (execution && execution->verdict == Verdict::runner_lost &&
          at.stores().data->get_execution({execution->exec_id})->verdict == Verdict::runner_lost)
        ++told;
    });
  }
  CHECK(kappa::test::eventually([] { return processes_named("kappa-lost").size() == 9; }));
  const pid_t victim = template_of_ours();
  const auto dying = tree_of(victim);
  ::kill(victim, SIGKILL);
  for (auto& caller : callers) caller.join();
  CHECK(told == 9);
  for (const auto& function : functions) CHECK(at.invoke(function)->output.text == "1");
  for (const auto& function : functions)
    CHECK(at.stores().data->get_bill({function.user_id})->total == 2);
  for (const pid_t pid : dying) CHECK(kappa::test::eventually([&] { return is_dead(pid); }));
  // One may have been made for the next function meanwhile: a folder for each of three controllers.
  CHECK(kappa::test::eventually([&] { return control_groups() <= groups + 3; }));
  CHECK(text_of("/proc/self/mountinfo") == mounts);
}

TEST_CASE("a call whose zygote is killed has crashed: its function may have done that") {
  RunnerOptions options = quick_options();
  options.timeout_ms = 20'000;
  Running at(options);
  const auto function = at.function(
      "import ctypes, time\ndef main():\n  ctypes.CDLL(None).prctl(15, b'kappa-orphan')\n"
      "  time.sleep(19)");
  std::thread caller([&] {
    const auto execution = at.invoke(function);
    REQUIRE(execution);
    CHECK(execution->verdict == Verdict::crashed);
    CHECK(execution->detail == "the process it was forked from ended");
  });
  CHECK(kappa::test::eventually([] { return processes_named("kappa-orphan").size() == 1; }));
  ::kill(children_of(children_of(template_of_ours()).front()).front(), SIGKILL);
  caller.join();
  CHECK(at.stores().data->get_bill({function.user_id})->total == 1);
}

TEST_CASE("deleting a function while it runs cancels the call at once") {
  RunnerOptions options = quick_options();
  options.timeout_ms = 20'000;
  Running at(options);
  const auto function = at.function(
      "import ctypes, time\ndef main():\n  print('on')\n  ctypes.CDLL(None).prctl(15, "
      "b'kappa-began')\n"
      "  time.sleep(19)");
  std::thread caller([&] {
    const auto execution = at.invoke(function);
    REQUIRE(execution);
    CHECK(execution->verdict == Verdict::cancelled);
    CHECK(execution->wall_us < 10'000'000);
    CHECK(at.printed(*execution).out == "on\n");
  });
  CHECK(kappa::test::eventually([] { return !processes_named("kappa-began").empty(); }));
  CHECK(at.runner().unload({function.fn_id}));
  caller.join();
  // Dead when the call ended; it keeps its name until fn-init's parent has reaped it.
  CHECK(kappa::test::eventually([] { return processes_named("kappa-began").empty(); }));
  CHECK_FALSE(at.runner().get_loaded({function.fn_id})->loaded);
}

TEST_CASE("a call whose function is deleted while it waits its turn is told so, and never ran") {
  RunnerOptions options = quick_options();
  options.timeout_ms = 20'000;
  options.max_calls = 1;
  Running at(options);
  const auto function = at.function(
      "import ctypes, time\ndef main():\n  ctypes.CDLL(None).prctl(15, b'kappa-first')\n"
      "  time.sleep(19)");
  std::atomic<int> cancelled = 0, not_found = 0, limited = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([&] {
      const auto execution = at.invoke(function);
      if (execution) {
        cancelled += execution->verdict == Verdict::cancelled ? 1 : 0;
      } else {
        not_found += execution.error().code == Code::not_found ? 1 : 0;
        limited += execution.error().code == Code::limited ? 1 : 0;
      }
    });
  }
  // One is too many: that is said when one runs and four wait.
  CHECK(kappa::test::eventually([&] { return limited == 1; }));
  CHECK(kappa::test::eventually([] { return processes_named("kappa-first").size() == 1; }));
  CHECK(at.runner().unload({function.fn_id}));
  for (auto& caller : callers) caller.join();
  CHECK(cancelled == 1);
  CHECK(not_found == 4);
  const auto rows =
      at.stores().data->list_executions({function.user_id, {}, {}, std::nullopt, {}, {}});
  REQUIRE(rows);
  CHECK(rows->executions.size() == 1);
  CHECK(at.runner().inspect({})->loaded_functions == 0);
}

TEST_CASE("more functions than are kept loaded all work") {
  RunnerOptions options = quick_options();
  options.loaded_mb = 2;  // a zygote and a child take about one
  options.spares = 1;
  Running at(options);
  std::vector<data::Function> functions;
  for (int i = 0; i < 5; ++i)
    functions.push_back(at.function("def main(): return " + std::to_string(i)));
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < functions.size(); ++i)
      CHECK(at.invoke(functions[i])->output.text == std::to_string(i));
  }
  CHECK(at.runner().inspect({})->loaded_functions < 5);
  CHECK(kappa::test::eventually([&] { return children_of(template_of_ours()).size() < 5; }));
}

TEST_CASE("calls over the limit wait their turn, and those over four times as many are refused") {
  RunnerOptions options = quick_options();
  options.max_calls = 1;
  options.timeout_ms = 5000;
  Running at(options);
  const auto function = at.function("import time\ndef main(): time.sleep(0.3); return 1");
  REQUIRE(at.invoke(function));
  std::atomic<int> done = 0, refused = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 9; ++i) {
    callers.emplace_back([&] {
      const auto execution = at.invoke(function);
      if (execution) {
        ++done;
      } else if (execution.error().code == Code::limited) {
        ++refused;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(done + refused == 9);
  CHECK(done >= 4);
  CHECK(refused >= 1);
  CHECK(at.stores().data->get_bill({function.user_id})->total == 1 + done);
}

TEST_CASE("the template of a root's server is a user that nobody has") {
  if (::geteuid() != 0) return;
  const Running at;
  const std::string folder = "/proc/" + std::to_string(template_of_ours());
  // A container may have no such user; then it is "nobody".
  const std::string map = text_of("/proc/self/uid_map");
  const bool all_users = map.find("4294967295") != map.npos;
  // While it forks a function's fn-init it is that function's user.
  CHECK(kappa::test::eventually([&] {
    struct stat process {};
    return ::stat(folder.c_str(), &process) == 0 &&
           process.st_uid == (all_users ? template_user : nobody);
  }));
}

TEST_CASE("when the runner ends, all its processes do") {
  auto at = std::make_unique<Running>();
  REQUIRE(at->run("def main(): return 1").verdict == Verdict::ok);
  const pid_t root = template_of_ours();
  REQUIRE(root > 0);
  const auto inits = children_of(root);
  REQUIRE_FALSE(inits.empty());
  at.reset();
  CHECK(kappa::test::eventually(
      [&] { return ::kill(inits.front(), 0) != 0 && ::kill(root, 0) != 0; }));
}

TEST_CASE("isolation \"off\" still runs functions, and \"require\" starts where every wall holds") {
  RunnerOptions options = quick_options();
  options.isolation = Isolation::off;
  {
    Running at(options);
    CHECK(at.run("def main(): return 1").output.text == "1");
    const auto condition = at.runner().inspect({});
    bool all = true;
    for (const Layer& layer : condition->layers) all &= layer.holds;
    CHECK_FALSE(all);
  }
  options.isolation = Isolation::require;
  Running at(options);
  const auto condition = at.runner().inspect({});
  REQUIRE(condition);
  for (const Layer& layer : condition->layers) {
    CAPTURE(layer.name);
    CHECK(layer.holds);
  }
}

}  // namespace
}  // namespace kappa::runner::test
