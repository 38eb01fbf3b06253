// The rewinder: a function's process that puts its calls' processes back to how they were before
// each call. It stands beside the zygote, outside of what the function's code can reach.
#pragma once

#include "runner/frames.hpp"

namespace kappa::runner {

/// Serves the server until that closes `control`. `audit_every`: calls after which every page is
/// compared with what it should be.
[[noreturn]] void run_rewinder(FrameSocket control, std::int64_t audit_every);

}  // namespace kappa::runner
