// The tokens by which the parts of a Kappa know one another.
#pragma once

#include <string>

#include "cli/output.hpp"

namespace CLI {
class App;
}

namespace kappa::cli {

struct Line;

/// Both parts go on meanwhile: a module accepts each token of its file.
Tried<int> rotate_token(const Output& out, const std::string& file);
Tried<int> retire_tokens(const Output& out, const std::string& file);

/// kappa token.
void add_token_commands(CLI::App& app, Line& line);

}  // namespace kappa::cli
