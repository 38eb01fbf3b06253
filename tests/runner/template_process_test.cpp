// The template from the server's side, when it answers oddly or not at all; a script plays it.
#include "runner/template_process.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <deque>
#include <fstream>

#include "runner/call.hpp"
#include "runner/processes.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

// Answers once without a descriptor, once not at all, once with its process id, and then ends.
constexpr const char* odd_template = R"(
import os, socket, struct
server = socket.socket(fileno=3)
def receive():
  data, fds, _, _ = socket.recv_fds(server, 1 << 16, 8)
  if not data: os._exit(0)
  return socket.socket(fileno=fds[0])
def frame(kind, text): return struct.pack('<IB', len(text), kind) + text.encode()
receive().sendall(frame(PROBED, '{"layers": [], "rewind": {"name": "", "holds": false, "detail": ""}, "text_kb": 0}'))
receive().sendall(frame(STARTED, ''))
receive().close()
receive().sendall(frame(REFUSED, str(os.getpid())))
receive()
os._exit(0)
)";

std::string number(FrameType type) { return std::to_string(static_cast<int>(type)); }

TEST_CASE("a template that lives is not ended for an odd answer, one that is gone is replaced") {
  const kappa::test::TempDir dir;
  const std::string program = dir.path() / "template";
  std::ofstream(program) << "#!/usr/bin/python3\nSTARTED = " << number(FrameType::zygote_started)
                         << "; PROBED = " << number(FrameType::probed)
                         << "; REFUSED = " << number(FrameType::refused) << "\n"
                         << odd_template;
  REQUIRE(::chmod(program.c_str(), 0700) == 0);
  TemplateProcess process(program, {quick_options(), ""});
  const auto told = [&] {
    const auto started = process.start_zygote({});
    REQUIRE_FALSE(started);
    CHECK(started.error().code == Code::unavailable);
    return started.error().detail;
  };
  const std::string odd = "no process can be made for the function; try again";
  const std::string refused = "no process can be made for the function: ";
  std::string first;
  for (const bool again : {false, true}) {
    CAPTURE(again);
    // What ends the first one is asked of the second at once.
    CHECK(told() == odd);
    CHECK(told() == odd);
    const std::string answer = told();
    CHECK(answer.starts_with(refused));
    CHECK(answer != first);
    first = answer;
  }
}

/// What a runner has functions from, without the rest of it.
class Functions {
 public:
  explicit Functions(TemplateProcess& from) : homes_(from, groups_) {}

  std::shared_ptr<LoadedFunction> load() {
    const auto terms = kappa::test::must(agree_terms({}, options_, false));
    const Module module{"function.py", "def main(): return 1", 0, false};
    return kappa::test::must(LoadedFunction::load(homes_, module, terms, options_, "function"));
  }
  /// What a call gives; nothing when no process can be had for it.
  std::optional<std::string> call(LoadedFunction& function) {
    RunningCalls::Entry entry(running_, {}, {});
    const auto result = run_call(function, {"{}"}, {clock_, entry, -1});
    if (!result) return std::nullopt;
    return result->output.text;
  }

 private:
  const RunnerOptions options_ = quick_options();
  const SystemClock clock_;
  ControlGroups groups_;
  Homes homes_;
  RunningCalls running_;
};

TEST_CASE("a template that is silent is replaced after its time, and calls work again") {
  constexpr std::int64_t silent_ms = 1000;
  const kappa::test::TempDir hidden;
  TemplateProcess process(KAPPA_PROGRAM, {quick_options(), hidden.path()}, {}, silent_ms);
  Functions functions(process);
  const auto before = functions.load();
  CHECK(functions.call(*before) == "1");
  const pid_t silent = template_of_ours();
  REQUIRE(::kill(silent, SIGSTOP) == 0);
  CHECK(functions.call(*before) == "1");  // it needs no template
  const auto begin = std::chrono::steady_clock::now();
  const auto loaded = functions.load();
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= std::chrono::milliseconds(silent_ms));
  CHECK(took < std::chrono::milliseconds(10 * silent_ms));
  CHECK(is_dead(silent));
  CHECK(template_of_ours() != silent);
  CHECK(functions.call(*loaded) == "1");
  CHECK(functions.call(*functions.load()) == "1");
  CHECK_FALSE(before->template_lives());
  CHECK(kappa::test::eventually([&] { return !functions.call(*before); }));
}

TEST_CASE("processes are asked for without a pause: those that have ended make room meanwhile") {
  constexpr int more_than_slots = 1200;  // a zygote makes 1,024
  constexpr std::size_t asked_ahead = 32;
  const kappa::test::TempDir hidden;
  TemplateProcess process(KAPPA_PROGRAM, {quick_options(), hidden.path()});
  Functions functions(process);
  const auto function = functions.load();
  std::deque<Child> asked_for;
  for (int i = 0; i < more_than_slots; ++i) {
    CAPTURE(i);
    auto child = function->take(1);
    REQUIRE(child);
    asked_for.push_back(*std::move(child));
    function->done();
    if (asked_for.size() < asked_ahead) continue;
    REQUIRE(asked_for.front().introduced(after_ms(5'000)));
    asked_for.pop_front();  // which ends it
  }
}

TEST_CASE("when memory runs out a function's processes go first, and they inherit no descriptor") {
  Running at;
  const auto execution = at.run(
      "import os, stat\n"
      "def adjustment(): return int(open('/proc/self/oom_score_adj').read())\n"
      "at_load = adjustment()\n"
      "sockets = sum(stat.S_ISSOCK(os.stat(f'/proc/self/fd/{fd}').st_mode)\n"
      "              for fd in os.listdir('/proc/self/fd') if "
      "os.path.exists(f'/proc/self/fd/{fd}'))\n"
      "def main(): return [at_load, adjustment(), sockets]");
  CAPTURE(execution.detail);
  // The zygote's sockets: to the server, and to fn-init for slots.
  CHECK(execution.output.text == "[500, 500, 2]");
}

}  // namespace
}  // namespace kappa::runner::test
