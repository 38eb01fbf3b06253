// The registers are kept in memory, so that putting back memory puts back all of them. The code
// that loads them uses none: a call may have left anything in every register, the stack's included.
#include "runner/rewind_point.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace kappa::runner {

RewindOrders rewind_orders;
// One that means nothing here, and that no stateless program makes.
const int rewind_call = SYS_membarrier;

}  // namespace kappa::runner

#if defined(__x86_64__)

#include <cpuid.h>

// membarrier is 324, exit_group 231. xrstor64 with a mask of everything but PKRU sets x87, SSE, AVX
// and what else there is to how a process begins; 0x1f80 is MXCSR's first value.
asm(R"(
.data
.balign 64
kappa_rewind_registers: .fill 8, 8, 0
.section .rodata
.balign 64
kappa_rewind_vectors: .fill 24, 1, 0
.long 0x1f80, 0
.fill 544, 1, 0
.text
.globl kappa_rewind_point, kappa_rewind_again, kappa_rewind_instruction
.type kappa_rewind_point, @function
.type kappa_rewind_again, @function
kappa_rewind_point:
 mov %rbx, kappa_rewind_registers+0(%rip)
 mov %rbp, kappa_rewind_registers+8(%rip)
 mov %r12, kappa_rewind_registers+16(%rip)
 mov %r13, kappa_rewind_registers+24(%rip)
 mov %r14, kappa_rewind_registers+32(%rip)
 mov %r15, kappa_rewind_registers+40(%rip)
 mov %rsp, kappa_rewind_registers+48(%rip)
 rdfsbase %rax
 mov %rax, kappa_rewind_registers+56(%rip)
kappa_rewind_again:
 mov $324, %eax
 mov $-1, %edi
 xor %esi, %esi
 xor %edx, %edx
 syscall
kappa_rewind_instruction:
 movabs $0x6b61707061, %rcx
 cmp %rcx, %rax
 jne 1f
 cld
 mov $0xfffffdff, %eax
 xor %edx, %edx
 xrstor64 kappa_rewind_vectors(%rip)
 mov kappa_rewind_registers+56(%rip), %rax
 wrfsbase %rax
 xor %eax, %eax
 wrgsbase %rax
 mov kappa_rewind_registers+0(%rip), %rbx
 mov kappa_rewind_registers+8(%rip), %rbp
 mov kappa_rewind_registers+16(%rip), %r12
 mov kappa_rewind_registers+24(%rip), %r13
 mov kappa_rewind_registers+32(%rip), %r14
 mov kappa_rewind_registers+40(%rip), %r15
 mov kappa_rewind_registers+48(%rip), %rsp
 pushq $0x202
 popfq
 xor %ecx, %ecx
 xor %esi, %esi
 xor %edi, %edi
 xor %r8d, %r8d
 xor %r9d, %r9d
 xor %r10d, %r10d
 xor %r11d, %r11d
 ret
1:
 mov $231, %eax
 xor %edi, %edi
 syscall
 hlt
)");

extern "C" {
void kappa_rewind_point();
[[noreturn]] void kappa_rewind_again();
extern const char kappa_rewind_instruction[];
}

namespace kappa::runner {

bool can_rewind_registers() {
  constexpr unsigned long fsgsbase = 1 << 1;  // HWCAP2_FSGSBASE
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool has_xsave = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_OSXSAVE) != 0;
  return has_xsave && (::getauxval(AT_HWCAP2) & fsgsbase) != 0;
}

void rewind_point() { kappa_rewind_point(); }
void go_to_rewind_point() { kappa_rewind_again(); }
std::uint64_t rewind_instruction() {
  return reinterpret_cast<std::uintptr_t>(kappa_rewind_instruction);
}

}  // namespace kappa::runner

#else

namespace kappa::runner {

bool can_rewind_registers() { return false; }
void rewind_point() { ::_exit(1); }
void go_to_rewind_point() { ::_exit(1); }
std::uint64_t rewind_instruction() { return 0; }

}  // namespace kappa::runner

#endif

namespace kappa::runner {
namespace {

constexpr rlim_t largest_stack = 8 << 20;
constexpr int signals = 64;

// Of the rewind point.
std::array<struct sigaction, signals + 1> signal_actions{};
sigset_t signal_mask{};

/// Has the stack mapped to its limit, since the kernel lets it grow without a system call.
void grow_stack() {
  rlimit limit{};
  ::getrlimit(RLIMIT_STACK, &limit);
  limit.rlim_cur = std::min(limit.rlim_cur, largest_stack);
  ::setrlimit(RLIMIT_STACK, &limit);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("[stack]") == line.npos) continue;
    const std::uintptr_t end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
    *reinterpret_cast<volatile char*>(end - limit.rlim_cur + page_size) = 0;
  }
}

}  // namespace

bool make_rewindable(const std::vector<sock_filter>& stateless_calls) {
  // Behind a user namespace of its own nobody but the rewinder has the rights to look into it.
  ::prctl(PR_SET_DUMPABLE, 1);
  grow_stack();
  // What was free is not given back while a call runs: there would be no way to have it again.
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  for (int signal = 1; signal <= signals; ++signal)
    ::sigaction(signal, nullptr, &signal_actions.at(static_cast<std::size_t>(signal)));
  ::sigprocmask(SIG_SETMASK, nullptr, &signal_mask);
  const int notes = note_own_writes();
  if (notes < 0 || (notes != notes_fd && ::dup3(notes, notes_fd, O_CLOEXEC) != notes_fd))
    return false;
  rewind_orders.program_break = static_cast<std::uint64_t>(::syscall(SYS_brk, 0));
  const sock_fprog program{static_cast<unsigned short>(stateless_calls.size()),
                           const_cast<sock_filter*>(stateless_calls.data())};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                   &program) == listener_fd;
}

void follow_rewind_orders() {
  // The heap first: of one whose end is unmapped the kernel does not move the end.
  if (rewind_orders.set_break != 0) ::syscall(SYS_brk, rewind_orders.program_break);
  for (std::uint64_t i = 0; i < rewind_orders.unmaps; ++i) {
    const Range& range = rewind_orders.unmap[i];
    ::munmap(reinterpret_cast<void*>(range.begin), range.size());
  }
  for (int signal = 1; signal <= signals; ++signal) {
    if ((rewind_orders.signals >> (signal - 1) & 1) != 0)
      ::sigaction(signal, &signal_actions.at(static_cast<std::size_t>(signal)), nullptr);
  }
  // What they were is of the call before, and not to be found by the next.
  std::fill_n(rewind_orders.unmap.begin(), rewind_orders.unmaps, Range{});
  rewind_orders.signals = rewind_orders.unmaps = rewind_orders.set_break = 0;
  ::syscall(SYS_close_range, 4U, ~0U, 0U);
  // A copy on the stack: without it more of what lies below differs from call to call, as
  // tests/hostile/rewind.py shows.
  const sigset_t mask = signal_mask;
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

}  // namespace kappa::runner
