// fn-init: the first process of a function's namespaces, and the only one that keeps privileges in
// them. It runs nothing of the function's.
#pragma once

#include "runner/frames.hpp"
#include "runner/sandbox.hpp"

namespace kappa::runner {

/// Puts up the function's walls, forks its zygote, makes slots when that asks for them, reaps
/// whatever loses its parent, and takes everything with it when the zygote has ended.
/// `rewinder`: the control socket of a rewinder that is forked too, or none.
[[noreturn]] void run_fn_init(const Host& host, const User& user, const Walls& walls,
                              FrameSocket control, FrameSocket rewinder);

}  // namespace kappa::runner
