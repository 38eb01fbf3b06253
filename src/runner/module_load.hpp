// Having a zygote load a function's module.
#pragma once

#include "runner/homes.hpp"
#include "runner/messages.hpp"

namespace kappa::runner {

/// Has the zygote of that home load it. unacceptable: the code cannot be used; says why.
/// unavailable: the function's processes end. Then they are killed, with all they started.
Result<ModuleLoaded> load_module(Home& home, const Module& module);

}  // namespace kappa::runner
