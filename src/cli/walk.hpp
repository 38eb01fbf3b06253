// What is read off the tree of commands: help, what was meant by a misspelt line, completion, the
// reference.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace kappa::cli {

struct Globals;

/// kappa help WORD...: a command's help, or the exit codes. Gives the program's exit code.
int help(const CLI::App& root, const std::vector<std::string>& words);

/// Says why a line does not fit the tree, and what may have been meant; --help and --version print
/// what they print. Gives the program's exit code.
int told_misuse(const CLI::App& root, const CLI::ParseError& error);

/// What may stand for the last of `words`, which has been begun or is "": a line each, a word and
/// behind a tab what it is. Names of functions and executions come from the server, if it answers
/// at once.
std::vector<std::string> complete(const CLI::App& root, const std::vector<std::string>& words);

/// Every command as Markdown.
std::string commands_reference(const CLI::App& root);

}  // namespace kappa::cli
