// Both allocators give what has been freed before what is new.
#include "runner/free_memory.hpp"

#include <Python.h>
#include <malloc.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace kappa::runner {
namespace {

// Of malloc: larger ones lie apart (128 KiB), and below the second it keeps lists of each size.
constexpr std::size_t largest = 64 << 10;
constexpr std::size_t largest_listed = 1032;
constexpr std::size_t smallest_listed = 24;
constexpr std::size_t step = 16;
// What a module has freed beyond this its calls may want: it is part of their memory_mb.
constexpr std::size_t most_given_up = 1 << 20;

// Of Python 3.11 (Objects/obmalloc.c): a pool has blocks of one size behind its header.
constexpr std::size_t pool_bytes = 16 << 10;
constexpr std::size_t pool_header = 48;
constexpr std::size_t largest_block = 512;
constexpr std::size_t most_pools_given_up = 2;  // of a size: 1 MiB together
static_assert(PY_VERSION_HEX >> 16 == 0x030b);

/// Until malloc gives what lies beyond all that it has given yet.
void use_up(std::size_t size, std::uintptr_t end) {
  for (;;) {
    void* volatile const given = ::malloc(size);  // else the compiler leaves it out
    const auto at = reinterpret_cast<std::uintptr_t>(given);
    if (given != nullptr && at < end) continue;
    // A listed one would be listed, far from those of other sizes.
    if (size > largest_listed) ::free(given);
    return;
  }
}

void use_up_malloc() {
  void* volatile sorts_what_is_free = ::malloc(largest);
  ::free(sorts_what_is_free);
  const auto found = ::mallinfo2();
  if (found.fordblks - found.keepcost > most_given_up) return;
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0)) - found.keepcost;
  for (std::size_t size = largest; size > largest_listed; size /= 2) use_up(size, end);
  for (std::size_t size = largest_listed; size >= smallest_listed; size -= step) use_up(size, end);
}

/// Until a new pool is begun, or one whose first block was free.
void use_up_pools(std::size_t size) {
  for (std::size_t bytes = 0; bytes < most_pools_given_up * pool_bytes; bytes += size) {
    const auto at = reinterpret_cast<std::uintptr_t>(PyObject_Malloc(size));
    if (at % pool_bytes == pool_header) return;
  }
}

}  // namespace

void use_up_free_memory() {
  use_up_malloc();
  for (std::size_t size = step; size <= largest_block; size += step) use_up_pools(size);
}

}  // namespace kappa::runner
