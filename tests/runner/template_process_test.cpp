// The template from the server's side, when it answers oddly or not at all; a script plays it.
#include "runner/template_process.hpp"

#include <sys/stat.h>

#include <fstream>

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
receive().sendall(frame(PROBED, '{"layers": [], "rewind": {"name": "", "holds": false, "detail": ""}}'))
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
  CHECK(execution.output.text == "[1000, 1000, 2]");
}

}  // namespace
}  // namespace kappa::runner::test
