// Control groups as the kernel shows them, on machines that have them.
#include "runner/control_groups.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "runner/kernel_file.hpp"
#include "runner/processes.hpp"
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

namespace fs = std::filesystem;

/// As an administrator might: from here on no function can have one. Ends what is in them.
bool remove_all_groups() {
  return kappa::test::eventually([] {
    for (const pid_t init : children_of(template_of_ours())) ::kill(init, SIGKILL);
    for (const fs::path& folder : groups_of_functions()) ::rmdir(folder.c_str());
    for (const fs::path& folder : server_groups()) {
      for (const pid_t pid : {::getpid(), template_of_ours()})
        write_kernel_file(folder.parent_path() / "cgroup.procs", std::to_string(pid));
      for (const char* name : {"server", "functions/template", "functions", ""})
        ::rmdir((folder / name).c_str());
    }
    return server_groups().empty();
  });
}

/// What this process logs while it lives.
class Log {
 public:
  Log() : before_(::dup(2)) {
    const Fd to(::open(file().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
    ::dup2(to.get(), 2);
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() { ::dup2(before_.get(), 2); }

  int lines_with(const std::string& words) const {
    int count = 0;
    std::ifstream in(file());
    for (std::string line; std::getline(in, line);) count += line.find(words) != line.npos ? 1 : 0;
    return count;
  }

 private:
  std::string file() const { return dir_.path() / "log"; }

  const kappa::test::TempDir dir_;
  const Fd before_;
};

std::string text_of(const fs::path& file) {
  std::string text;
  std::getline(std::ifstream(file), text);
  return text;
}

TEST_CASE("where control groups hold, a function's has its limits, and none is left") {
  {
    ControlGroups groups;
    CHECK(groups_of_functions().empty());  // not the one that was to be tried either
    Terms terms;
    terms.concurrency = 1;
    terms.walls.limits.memory_mb = 20;
    terms.walls.limits.scratch_mb = 12;
    terms.walls.limits.processes = 10;
    const auto group = groups.make(terms);
    CHECK(static_cast<bool>(group) == groups.layer().holds);
    int bounds = 0;
    for (const fs::path& folder : groups_of_functions()) {
      for (const char* file : {"memory.max", "memory.limit_in_bytes"})
        bounds += text_of(folder / file) == std::to_string(64 << 20) ? 1 : 0;
      bounds += text_of(folder / "pids.max") == "22" ? 1 : 0;
    }
    CHECK(bounds == (groups.layer().holds ? 2 : 0));
  }
  CHECK(groups_of_functions().empty());
}

/// A process that waits to be ended.
pid_t start_process() {
  const pid_t pid = ::fork();
  while (pid == 0) ::pause();
  return pid;
}

TEST_CASE("groups that a server with this one's number left are made anew") {
  std::vector<fs::path> places;
  {
    ControlGroups groups;
    if (!groups.layer().holds) return;
    for (const fs::path& server : server_groups()) places.push_back(server / "functions" / "1");
  }
  for (const fs::path& left : places) {
    fs::create_directories(left);
    write_kernel_file(left / "cpu.shares", "4096");
    write_kernel_file(left / "cpu.weight", "400");
  }
  ControlGroups groups;
  const auto group = groups.make(Terms{});
  const pid_t process = start_process();
  CHECK(group->add(process) == "");
  CHECK(weight_of(process) == 1024);
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
}

TEST_CASE("a group says why it does not hold a process, but nothing of one that has ended") {
  ControlGroups groups;
  if (!groups.layer().holds) return;
  Terms terms;
  terms.concurrency = 1;
  const auto group = groups.make(terms);
  const pid_t process = start_process();
  CHECK(group->add(process) == "");
  for (const fs::path& folder : groups_of_functions())
    CHECK(text_of(folder / "cgroup.procs") == std::to_string(process));
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  CHECK(group->add(process) == "");
  REQUIRE(remove_all_groups());
  CHECK(group->add(::getpid()).ends_with(": No such file or directory"));
}

TEST_CASE(
    "a group without its limits does not hold what is in it; no number of processes is too large") {
  ControlGroups groups;
  if (!groups.layer().holds) return;
  Terms terms;
  terms.concurrency = 1'000'000;
  const pid_t process = start_process();
  CHECK(groups.make(terms)->add(process) == "");
  terms.walls.limits.memory_mb = -1000;  // the kernel refuses that
  CHECK(groups.make(terms)->add(process).ends_with(": the kernel does not take its limits"));
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
}

/// Of each group of a function, from whichever of these files it has.
std::set<std::int64_t> numbers_in_groups(std::initializer_list<const char*> files) {
  std::set<std::int64_t> numbers;
  for (const fs::path& folder : groups_of_functions()) {
    for (const char* file : files) {
      const std::string text = text_of(folder / file);
      if (!text.empty()) numbers.insert(number_at(text));  // "max" is none yet
    }
  }
  return numbers;
}
bool memory_is(std::int64_t bytes) {
  return numbers_in_groups({"memory.max", "memory.limit_in_bytes"}).contains(bytes);
}
bool more_memory_used_than(std::int64_t bytes) {
  const auto used = numbers_in_groups({"memory.current", "memory.usage_in_bytes"});
  return !used.empty() && *used.rbegin() > bytes;
}

TEST_CASE("a group has memory for as many calls as it is told, unless it uses more already") {
  ControlGroups groups;
  if (!groups.layer().holds) return;
  constexpr std::int64_t mb = 1 << 20;
  Terms terms;
  terms.concurrency = 100;
  terms.walls.limits.memory_mb = 20;
  terms.walls.limits.scratch_mb = 12;
  const auto group = groups.make(terms);
  CHECK(memory_is(64 * mb));
  CHECK(group->give_memory(4));
  CHECK(memory_is(160 * mb));
  const pid_t process = ::fork();
  if (process == 0) {
    ::raise(SIGSTOP);  // until it is in the group
    std::vector<char> memory(100 * mb, 'x');
    for (;;) ::pause();
  }
  ::waitpid(process, nullptr, WUNTRACED);
  CHECK(group->add(process) == "");
  ::kill(process, SIGCONT);
  REQUIRE(kappa::test::eventually([] { return more_memory_used_than(100 * mb); }));
  CHECK_FALSE(group->give_memory(1));
  CHECK(memory_is(160 * mb));
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  CHECK(kappa::test::eventually([&] { return group->give_memory(1); }));
  CHECK(memory_is(64 * mb));
}

TEST_CASE("a function's group has memory for the calls that run, and no longer than they do") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  FunctionSettings settings;
  settings.memory_mb = 50;
  settings.scratch_mb = 14;
  constexpr std::int64_t of_call = 64 << 20;
  const auto function = at.function("import time\ndef main(): time.sleep(0.5)");
  const auto call = [&] { CHECK(at.invoke(function, "{}", settings)); };
  call();
  CHECK(memory_is(2 * of_call));
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) callers.emplace_back(call);
  CHECK(kappa::test::eventually([] { return memory_is(5 * of_call); }));
  for (auto& caller : callers) caller.join();
  CHECK(kappa::test::eventually([] { return memory_is(2 * of_call); }));
  // Those that wait have loaded this one, each for itself.
  const auto threads = at.function(
      "import threading, time\n"
      "threading.Thread(target=time.sleep, args=(60,)).start()\n"
      "def main(): pass");
  CHECK(at.invoke(threads, "{}", settings));
  CHECK(memory_is(5 * of_call));
}

const std::string quick = "def main(): return 1";
const std::string slow = "import time\ntime.sleep(0.1)\ndef main(): return 1";

TEST_CASE("a function that no control group holds runs all the same, and the log says so once") {
  Running at;
  if (!at.runner().inspect({})->layers.back().holds) return;
  REQUIRE(remove_all_groups());
  const Log log;
  FunctionSettings own;
  own.memory_mb = 200;
  int functions = 0;
  for (const std::string& code : {quick, slow}) {
    for (const FunctionSettings& settings : {FunctionSettings{}, own}) {
      CAPTURE(code);
      const auto function = at.function(code);
      for (int i = 0; i < 5; ++i) CHECK(at.invoke(function, "{}", settings)->output.text == "1");
      ++functions;
      CHECK(kappa::test::eventually(
          [&] { return log.lines_with("no control group holds it") == functions; }));
      CHECK(at.invoke(function, "{}", settings)->output.text == "1");
    }
  }
  CHECK(log.lines_with("No such file or directory") == functions);
}

TEST_CASE("where isolation is required a function that no control group holds is refused") {
  RunnerOptions options = quick_options();
  options.isolation = Isolation::require;
  Running at(options);
  const auto before = at.function(quick);
  REQUIRE(at.invoke(before));
  REQUIRE(remove_all_groups());
  const Log log;
  FunctionSettings own;
  own.memory_mb = 200;
  const std::string threads = "import threading, time\n" + slow +
                              "\nthreading.Thread(target=time.sleep, args=(60,)).start()\n";
  int refusals = 0;
  for (const data::Function& function :
       {before, at.function(quick), at.function(slow), at.function(threads)}) {
    for (const FunctionSettings& settings : {FunctionSettings{}, own}) {
      const auto refused = at.invoke(function, "{}", settings);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == Code::unavailable);
      CHECK(refused.error().detail.find("runner.isolation is \"require\"") != std::string::npos);
      CHECK(log.lines_with("No such file or directory") == ++refusals);
    }
  }
  // At most one that waits for the next function.
  CHECK(kappa::test::eventually([] { return children_of(template_of_ours()).size() <= 1; }));
}

}  // namespace
}  // namespace kappa::runner::test
