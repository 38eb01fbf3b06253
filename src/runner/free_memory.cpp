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

// Of Python 3.11 (Objects/obmalloc.c): a pool has blocks of one size behind its header.
constexpr std::uintptr_t pool_bytes = 16 << 10;
constexpr std::uintptr_t pool_header = 48;
constexpr std::size_t largest_block = 512;
constexpr int most_blocks = 4096;  // were the above wrong

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
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0)) - ::mallinfo2().keepcost;
  for (std::size_t size = largest; size > largest_listed; size /= 2) use_up(size, end);
  for (std::size_t size = largest_listed; size >= smallest_listed; size -= step) use_up(size, end);
}

/// Until a new pool is begun.
void use_up_pools(std::size_t size) {
  for (int i = 0; i < most_blocks; ++i) {
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
