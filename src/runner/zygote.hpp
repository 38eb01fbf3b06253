// A function's zygote: its module loaded once, a child forked per call.
#pragma once

#include "runner/frames.hpp"
#include "runner/messages.hpp"
#include "runner/sandbox.hpp"
#include "runner/slots.hpp"

namespace kappa::runner {

/// Serves the server until it closes `control`.
[[noreturn]] void run_zygote(const Host& host, const Walls& walls, FrameSocket control, Slots slots,
                             FrameSocket walls_up);

}  // namespace kappa::runner
