// What the kernel says that a process uses.
#include "runner/usage.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "runner/frames.hpp"
#include "support.hpp"

namespace {

using kappa::Fd;
using kappa::runner::Meter;
using kappa::runner::Use;
using kappa::test::eventually;

/// A shell that runs a script; its input is a pipe of ours, a line of which it may wait for.
class Shell {
 public:
  explicit Shell(std::string script) {
    auto [end, input] = kappa::runner::pipe_pair();
    input_ = std::move(input);
    ::fcntl(end.get(), F_SETFL, 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, end.get(), 0);
    std::string name = "sh";
    std::string flag = "-c";
    char* const arguments[] = {name.data(), flag.data(), script.data(), nullptr};
    REQUIRE(::posix_spawn(&pid_, "/bin/sh", &actions, nullptr, arguments, nullptr) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell() { end(); }

  pid_t pid() const { return pid_; }
  void go_on() { CHECK(::write(input_.get(), "\n", 1) == 1); }
  void end() {
    input_.reset();
    if (pid_ > 0) ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }

 private:
  Fd input_;
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("memory and time that a process uses between two looks are in the second") {
  Meter meter(::getpid());
  const Use before = meter.look();
  CHECK_FALSE(before.other_program);
  constexpr std::int64_t more_kb = 64 << 10;
  // Twice the peak: what was once used and given back must not hide it.
  const auto size = static_cast<std::size_t>(before.peak_memory_kb + more_kb) * 1024;
  const std::vector<char> touched(size, 'x');
  CHECK(touched.back() == 'x');
  const Use after = meter.look();
  CHECK(after.peak_memory_kb >= before.peak_memory_kb + more_kb);
  CHECK(after.cpu_us > before.cpu_us);
  CHECK(meter.look().peak_memory_kb >= after.peak_memory_kb);
}

TEST_CASE("the most memory at a time is counted anew, also when it only becomes less") {
  constexpr std::size_t large = 64 << 20;
  constexpr std::int64_t most_of_it_kb = 48 << 10;
  Meter meter(::getpid());
  const auto map = [] {
    void* at = ::mmap(nullptr, large, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    REQUIRE(at != MAP_FAILED);
    return at;
  };
  meter.begin();
  const std::int64_t without = meter.look().peak_memory_kb;
  ::munmap(map(), large);
  const std::int64_t with = meter.look().peak_memory_kb;
  CHECK(with > without + most_of_it_kb);
  CHECK(meter.look().peak_memory_kb == with);
  meter.begin();
  CHECK(meter.look().peak_memory_kb < with - most_of_it_kb);
  // Given back between a look and the next beginning, and after that: no page fault tells of it.
  void* kept = map();
  CHECK(meter.look().peak_memory_kb > without + most_of_it_kb);
  ::munmap(kept, large);
  meter.begin();
  CHECK(meter.look().peak_memory_kb < with - most_of_it_kb);
  kept = map();
  CHECK(meter.look().peak_memory_kb > without + most_of_it_kb);
  meter.begin();
  ::munmap(kept, large);
  CHECK(meter.look().peak_memory_kb > without + most_of_it_kb);
}

TEST_CASE("a process's others are seen while they live and when they have ended") {
  Shell shell("read line; (read line; true); read line");
  Meter meter(shell.pid());
  CHECK(eventually([&] { return meter.look().other_program; }));
  const Use alone = meter.look();
  CHECK(alone.others == 0);
  CHECK_FALSE(alone.had_others);
  shell.go_on();
  CHECK(eventually([&] { return meter.look().others > 0; }));
  CHECK(meter.look().had_others);
  shell.go_on();
  CHECK(eventually([&] { return meter.look().others == 0; }));
  CHECK(meter.look().had_others);
}

TEST_CASE("what a process's others use is counted as its own") {
  Shell shell("(i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; read line); read line");
  Meter meter(shell.pid());
  CHECK(eventually([&] { return meter.look().cpu_us > 5'000; }));
  CHECK(meter.look().others == 1);
}

TEST_CASE("a process that is gone uses nothing, whether it was looked at before or not") {
  Shell shell("read line");
  Meter meter(shell.pid());
  Meter late(shell.pid());
  CHECK(meter.look().peak_memory_kb > 0);
  shell.end();
  for (Meter* gone : {&meter, &late}) {
    const Use use = gone->look();
    CHECK(use.cpu_us == 0);
    CHECK(use.peak_memory_kb == 0);
    CHECK(use.others == 0);
  }
}
