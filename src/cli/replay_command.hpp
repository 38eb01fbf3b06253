// kappa replay: a function run again with what an earlier execution was given.
#pragma once

#include <string>

#include "cli/session.hpp"

namespace kappa::cli {

/// Tells of the call as kappa invoke does, then whether it ended as the original did, and what is
/// different. Gives the program's exit code: 1 when the function failed.
Tried<int> replay_execution(const Session& session, const std::string& exec_id, bool quiet);

}  // namespace kappa::cli
