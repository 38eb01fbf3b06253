// Having a zygote load a function's module.
#pragma once

#include "runner/homes.hpp"
#include "runner/messages.hpp"

namespace kappa::runner {

struct LoadedModule {
  Signature signature;
  std::string fork_fault;  ///< why its calls cannot be forked from this zygote; "" when they can
};

/// Has the zygote of that home load it. unacceptable: the code cannot be used; says why.
/// unavailable: the function's processes end, or no control group holds them, which `isolation`
/// requires. Then they are killed, with all they started. `name` is what the log calls it.
Result<LoadedModule> load_module(Home& home, const Module& module, Isolation isolation,
                                 const std::string& name);

}  // namespace kappa::runner
