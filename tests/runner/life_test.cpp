// Processes that die, functions that are deleted, and what is left behind: nothing.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  std::ifstream in("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  for (pid_t child = 0; in >> child;) children.push_back(child);
  return children;
}

/// The template: our only child by that name.
pid_t template_of_ours() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream in(task.path() / "children");
    for (pid_t child = 0; in >> child;) {
      std::ifstream command("/proc/" + std::to_string(child) + "/cmdline");
      std::string text;
      std::getline(command, text);
      if (text.find("__zygote") != text.npos) return child;
    }
  }
  return -1;
}

/// Gone, or a zombie that nobody has asked about yet.
bool is_dead(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(in, text);
  return text.empty() || text.find(") Z ") != text.npos;
}

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

/// Whether a process has given itself that name.
bool named_process_exists(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "comm");
    std::string comm;
    if (std::getline(in, comm) && comm == name) return true;
  }
  return false;
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
  CHECK(kappa::test::eventually([] { return named_process_exists("kappa-began"); }));
  CHECK(at.runner().unload({function.fn_id}));
  caller.join();
  // Dead when the call ended; it keeps its name until fn-init's parent has reaped it.
  CHECK(kappa::test::eventually([] { return !named_process_exists("kappa-began"); }));
  CHECK_FALSE(at.runner().get_loaded({function.fn_id})->loaded);
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
