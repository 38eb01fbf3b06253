// sched_setattr(2): `sched_runtime` of an ordinary thread is the length of its turn; 0 stands for
// the kernel's own.
#include "runner/turns.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "runner/usage.hpp"

namespace kappa::runner {
namespace {

constexpr std::uint64_t long_turn_ns = 10'000'000;  // the kernel takes at most 100 ms

/// struct sched_attr, which glibc 2.36 lacks; its first version.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

/// All else stays as it is: a function may have made itself nicer.
void give_turn(pid_t thread, std::uint64_t turn_ns) {
  Attributes attributes;
  if (::syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) != 0) return;
  attributes.runtime_ns = turn_ns;
  ::syscall(SYS_sched_setattr, thread, &attributes, 0);
}

void give_turns(pid_t root, std::uint64_t turn_ns) {
  for (const pid_t process : tree_of(root)) {
    for (const pid_t thread : threads_of(process)) give_turn(thread, turn_ns);
  }
}

}  // namespace

void give_long_turns(pid_t root) { give_turns(root, long_turn_ns); }
void give_usual_turns(pid_t root) { give_turns(root, 0); }
void go_before_others(pid_t process) {
  for (const pid_t thread : threads_of(process))
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), -20);
}

}  // namespace kappa::runner
