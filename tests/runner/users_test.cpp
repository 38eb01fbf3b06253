// What comes of it when a process cannot become another user. The kernel refuses it, by a filter
// that is put around the template.
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "runner/function_users.hpp"
#include "runner/pidfd.hpp"
#include "runner/processes.hpp"
#include "runner/running.hpp"
#include "runner/template_process.hpp"

namespace kappa::runner::test {
namespace {

using kappa::test::eventually;

constexpr uid_t first_user = 2'000'000'000;

// Becomes the template; from here on setresuid() fails with EAGAIN, to REFUSED or, for 0, at all.
constexpr const char* refusing = R"(
import ctypes, os, platform, struct
number = {'x86_64': 117, 'aarch64': 147}[platform.machine()]
load, equal, leave, again, allow = 0x20, 0x15, 0x06, 0x50000 | 11, 0x7fff0000
to_one = [(load, 0, 0, 16), (equal, 0, 1, REFUSED)] if REFUSED else []
steps = [(load, 0, 0, 0), (equal, 0, len(to_one) + 1, number), *to_one, (leave, 0, 0, again),
         (leave, 0, 0, allow)]
code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *step) for step in steps))
class Program(ctypes.Structure): _fields_ = [('size', ctypes.c_ushort), ('code', ctypes.c_void_p)]
program = Program(len(steps), ctypes.addressof(code))
assert ctypes.CDLL(None).prctl(22, 2, ctypes.byref(program)) == 0
os.dup2(os.open(LOG, os.O_WRONLY | os.O_CREAT, 0o600), 2)
os.execv(KAPPA, ['kappa', '__zygote'])
)";

/// A program that becomes such a template.
class Refusing {
 public:
  explicit Refusing(uid_t user) {
    std::ofstream(program()) << "#!/usr/bin/python3\nREFUSED = " << user << "\nKAPPA = '"
                             << KAPPA_PROGRAM << "'\nLOG = '" << log_file() << "'\n"
                             << refusing;
    REQUIRE(::chmod(program().c_str(), 0700) == 0);
  }
  std::string program() const { return dir_.path() / "template"; }
  std::string log() const {
    std::ostringstream text;
    text << std::ifstream(log_file()).rdbuf();
    return text.str();
  }
  TemplateSettings settings() const { return {quick_options(), dir_.path()}; }

 private:
  std::string log_file() const { return dir_.path() / "log"; }
  const kappa::test::TempDir dir_;
};

/// The users that a process is, as "Uid:" and "Gid:" of its status have them: all of them one, or
/// -1.
std::int64_t only_user_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::int64_t user = -1;
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("Uid:") && !line.starts_with("Gid:")) continue;
    std::istringstream ids(line.substr(4));
    for (std::int64_t id = 0; ids >> id;) {
      if (user == -1) user = id;
      if (id != user) return -1;
    }
  }
  return user;
}

TEST_CASE("a template that cannot give up root ends, and says why") {
  if (::geteuid() != 0) return;
  const Refusing refusal(0);
  CHECK_THROWS_WITH(TemplateProcess(refusal.program(), refusal.settings()),
                    "the process that functions are forked from does not start; the log says why");
  CHECK(refusal.log() ==
        "kappa: a function's process cannot be isolated: unprivileged user: Resource temporarily "
        "unavailable\n");
  CHECK(template_of_ours() == -1);
}

TEST_CASE("a function that cannot become its user is refused, and the next one is its own") {
  if (::geteuid() != 0) return;
  const Refusing refusal(first_user + 1);
  TemplateProcess process(refusal.program(), refusal.settings());
  const std::int64_t own = only_user_of(template_of_ours());
  CHECK(own > 0);
  const auto user_of_next = [&]() -> std::int64_t {
    const auto started = process.start_zygote({});
    CHECK(only_user_of(template_of_ours()) == own);
    if (!started) return 0;
    const pid_t init = identify(started->pidfd.get()).pid;
    CHECK(eventually([&] { return tree_of(init).size() == 2; }));  // itself and the zygote
    const std::int64_t user = only_user_of(init);
    for (const pid_t pid : tree_of(init)) CHECK(only_user_of(pid) == user);
    return user;
  };
  if (user_of_next() != first_user) return;  // functions have no users of their own here
  const auto refused = process.start_zygote({});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(refused.error().detail ==
        "no process can be made for the function: Resource temporarily unavailable");
  CHECK(eventually([] { return living_children_of(template_of_ours()).empty(); }));
  CHECK(only_user_of(template_of_ours()) == own);
  CHECK(user_of_next() == first_user + 2);
}

}  // namespace
}  // namespace kappa::runner::test
