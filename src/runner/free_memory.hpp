// Where in the heap a process that is forked many times leaves room.
#pragma once

#include <cstdint>

namespace kappa::runner {

/// Address space that this costs a process, with the new pools: 1.3 MiB measured.
constexpr std::int64_t free_memory_bytes = 2 << 20;

/// Takes what is free between what is in use, of malloc's memory and of Python's, for good: what is
/// allocated from here on lies together, so that a child copies a few pages for it and not one for
/// nearly each. For a process with one thread, in which Python runs.
void use_up_free_memory();

}  // namespace kappa::runner
