// The point that a process is put back to before each call, from that process's side.
#pragma once

#include <linux/filter.h>

#include <array>
#include <cstdint>
#include <vector>

#include "runner/page_scan.hpp"

namespace kappa::runner {

// Descriptors at which a process has, for its rewinder to take, what it can be put back with. They
// are closed before its first call.
constexpr int notes_fd = 4;     ///< of note_own_writes()
constexpr int listener_fd = 5;  ///< tells of its system calls

/// What remains to be done in the process itself. The rewinder writes it into the process's memory;
/// where it lies is the same in both, which were forked from one.
struct RewindOrders {
  std::uint64_t program_break = 0;  ///< where the heap ends
  std::uint64_t set_break = 0;      ///< whether it has to be put there
  std::uint64_t signals = 0;        ///< bit n-1: how signal n was handled has to be set again
  std::uint64_t unmaps = 0;
  std::array<Range, 250> unmap{};
};
extern RewindOrders rewind_orders;

/// Whether this processor has what rewind_point() uses. Only x86-64 has.
bool can_rewind_registers();

/// Makes this process one whose memory and system calls can be watched; false, with errno, when it
/// cannot. From here on system calls that leave something behind wait for the listener.
bool make_rewindable(const std::vector<sock_filter>& stateless_calls);

/// Waits for the rewinder. Returns once per call, each time with the memory and the registers of
/// the first time; whatever was on the stack since is gone. Ends the process when nobody puts it
/// back.
void rewind_point();
/// Goes back there, from wherever it is called.
[[noreturn]] void go_to_rewind_point();

/// First thing after rewind_point(): does what the rewinder could not, and closes what calls left
/// open.
void follow_rewind_orders();

/// How the listener knows the rewind point: it waits in this system call, behind this instruction.
extern const int rewind_call;
std::uint64_t rewind_instruction();
/// What the call has to give for the process to go on.
constexpr std::int64_t rewound = 0x6b61707061;

}  // namespace kappa::runner
