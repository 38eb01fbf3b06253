// What a Tab offers.
#pragma once

#include <string>
#include <vector>

#include "cli/candidates.hpp"

namespace CLI {
class App;
}

namespace kappa::cli {

/// What may stand for the last of `words`, which has been begun or is "": a line each, a word and
/// behind a tab what it is. Names of functions and executions come from the server, if it answers
/// at once; `server_flags` are those of kappa serve and kappa config.
std::vector<std::string> complete(const CLI::App& root, const std::vector<std::string>& words,
                                  const std::vector<Candidate>& server_flags);

}  // namespace kappa::cli
