// Where in the heap a process that is forked many times leaves room.
#pragma once

namespace kappa::runner {

/// Takes what is free between what is in use, of malloc's memory and of Python's, for good: what is
/// allocated from here on lies together, so that a child copies a few pages for it and not one for
/// nearly each. For a process with one thread, in which Python runs.
void use_up_free_memory();

}  // namespace kappa::runner
