// Arguments against main()'s parameters, before anything runs.
#pragma once

#include "kappa/core.hpp"
#include "kappa/types.hpp"
#include "runner/messages.hpp"

namespace kappa::runner {

/// invalid_argument: the function takes no such argument (`detail` is its name), or lacks some
/// ("too few arguments"); `faults` says which. invalid: the arguments are no JSON object.
Result<Nothing> check_arguments(const Signature& signature, const RawJson& arguments);

}  // namespace kappa::runner
