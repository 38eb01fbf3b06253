// The process that puts a function's processes back, killed from outside and from inside.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "runner/processes.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

using kappa::test::eventually;

/// Tells whether its process has served a call before: then it has used up some time already.
/// `takes` has it map memory without end.
constexpr const char* tells = R"(
import time
def main(*, takes=False):
  before = time.process_time()
  while time.process_time() < before + 0.03: pass
  while takes: taken = b'x' * (32 << 20)
  return before > 0.03
)";

/// A function whose calls are rewound.
class Rewound {
 public:
  bool possible() { return at_.runner().inspect({})->rewind.holds; }
  Result<Execution> invoke(const std::string& args = "{}") {
    FunctionSettings settings;
    settings.state = State::rewind;
    return at_.invoke(function_, args, settings);
  }
  /// Whether a process comes to serve a second call.
  bool gets_rewound() {
    return eventually([&] {
      const auto execution = invoke();
      return execution && execution->output.text == "true";
    });
  }
  Loaded loaded() { return kappa::test::must(at_.runner().get_loaded({function_.fn_id})); }
  std::int64_t billed() { return at_.stores().data->get_bill({function_.user_id})->total; }

 private:
  Running at_;
  const data::Function function_ = at_.function(tells);
};

/// The only one there is, but for `before`.
pid_t rewinder_after(pid_t before) {
  pid_t found = -1;
  REQUIRE(eventually([&] {
    const auto all = processes_named("kappa-rewinder");
    if (all.size() == 1) found = all.front();
    return all.size() == 1 && found != before;
  }));
  return found;
}

TEST_CASE("a rewinder that is killed under calls fails none, and later ones are rewound again") {
  Rewound function;
  if (!function.possible()) return;
  REQUIRE(function.gets_rewound());
  const int groups = control_groups();
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      while (!over) {
        const auto execution = function.invoke();
        if (!execution || execution->verdict != Verdict::ok) ++wrong;
      }
    });
  }
  pid_t victim = -1;
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    victim = rewinder_after(victim);
    CHECK(function.gets_rewound());
    const auto dying = tree_of(parent_of(victim));
    ::kill(victim, SIGKILL);
    CHECK(eventually([&] { return std::all_of(dying.begin(), dying.end(), is_dead); }));
    CHECK(function.gets_rewound());
  }
  over = true;
  for (auto& caller : callers) caller.join();
  CHECK(wrong == 0);
  CHECK(function.loaded().settings.state == State::rewind);
  CHECK(eventually([] { return processes_named("kappa-rewinder").size() == 1; }));
  CHECK(eventually([&] { return control_groups() <= groups; }));
}

TEST_CASE("a rewinder that is killed while nobody calls is noticed") {
  Rewound function;
  if (!function.possible()) return;
  REQUIRE(function.gets_rewound());
  ::kill(rewinder_after(-1), SIGKILL);
  CHECK(eventually([&] { return !function.loaded().loaded; }));
  CHECK(function.gets_rewound());
}

TEST_CASE("processes that are killed while they wait for a call do not end rewinding") {
  Rewound function;
  if (!function.possible()) return;
  REQUIRE(function.gets_rewound());
  for (int i = 0; i < 4; ++i) {
    CAPTURE(i);
    const auto waiting = processes_named("kappa-call");
    for (const pid_t pid : waiting) ::kill(pid, SIGKILL);
    CHECK(eventually([&] { return std::all_of(waiting.begin(), waiting.end(), is_dead); }));
    const auto execution = function.invoke();
    REQUIRE(execution);
    CHECK(execution->verdict == Verdict::ok);
    CHECK(function.gets_rewound());
  }
  CHECK(function.loaded().settings.state == State::rewind);
}

TEST_CASE("a call that is left without its rewinder, and fails for that, has crashed and says so") {
  Rewound function;
  if (!function.possible()) return;
  REQUIRE(function.gets_rewound());
  const std::int64_t billed = function.billed();
  std::thread caller([&] {
    const auto execution = function.invoke(R"({"takes": true})");
    REQUIRE(execution);
    CAPTURE(execution->detail);
    CHECK(execution->verdict == Verdict::crashed);
    CHECK(execution->detail.starts_with("its rewinder ended while it ran: "));
  });
  CHECK(eventually([] {  // it has begun
    const auto calls = processes_named("kappa-call");
    return std::any_of(calls.begin(), calls.end(),
                       [](pid_t pid) { return memory_kb_of_tree(pid, 0) > 32 << 10; });
  }));
  ::kill(rewinder_after(-1), SIGKILL);
  caller.join();
  CHECK(function.billed() == billed + 1);
  CHECK(function.gets_rewound());
}

TEST_CASE("a function whose rewinder ends while its module is loaded does not run, and may then") {
  Running at;
  if (!at.runner().inspect({})->rewind.holds) return;
  FunctionSettings settings;
  settings.state = State::rewind;
  const auto function = at.function("import time\ntime.sleep(0.5)\ndef main(): return 1\n");
  std::thread killer([] { ::kill(rewinder_after(-1), SIGKILL); });
  const auto refused = at.invoke(function, "{}", settings);
  killer.join();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(refused.error().detail.starts_with("the process that puts back its calls' processes"));
  CHECK(at.invoke(function, "{}", settings)->output.text == "1");
}

}  // namespace
}  // namespace kappa::runner::test
