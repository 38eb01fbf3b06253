// What the tree of commands says about itself: help, what was meant by a misspelt line, the
// reference.
#pragma once

#include <string>
#include <vector>

#include "cli/trouble.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace kappa::cli {

/// kappa help WORD...: a command's help, or the exit codes. Gives the program's exit code.
Tried<int> help(const CLI::App& root, const std::vector<std::string>& words);

/// Why a line does not fit the tree, and what may have been meant; --help and --version print what
/// they print, and give the program's exit code.
Tried<int> told_misuse(const CLI::App& root, const CLI::ParseError& error);

/// Every command as Markdown.
std::string commands_reference(const CLI::App& root);

}  // namespace kappa::cli
