// What is read off the tree of commands: where a line leads, help, what was meant by a misspelt
// one, completion, the reference.
#pragma once

#include <string>
#include <vector>

#include "cli/candidates.hpp"
#include "cli/trouble.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace kappa::cli {

/// A command line, and what on it is not for the tree: everything behind NAME in `fn execute NAME`,
/// which belongs to the function, and the server's flags behind `config check` and `config show`.
struct Parted {
  std::vector<std::string> kappa;
  std::vector<std::string> rest;
};
Parted part_line(const CLI::App& root, const std::vector<std::string>& words);

/// The flags for every command, as far as a line gives them, however wrong the rest of it is.
Globals globals_in(const CLI::App& root, const std::vector<std::string>& words);

/// kappa help WORD...: a command's help, or the exit codes. Gives the program's exit code.
Tried<int> help(const CLI::App& root, const std::vector<std::string>& words);

/// Why a line does not fit the tree, and what may have been meant; --help and --version print what
/// they print, and give the program's exit code.
Tried<int> told_misuse(const CLI::App& root, const CLI::ParseError& error);

/// What may stand for the last of `words`, which has been begun or is "": a line each, a word and
/// behind a tab what it is. Names of functions and executions come from the server, if it answers
/// at once; `server_flags` are those of kappa serve and kappa config.
std::vector<std::string> complete(const CLI::App& root, const std::vector<std::string>& words,
                                  const std::vector<Candidate>& server_flags);

/// Every command as Markdown.
std::string commands_reference(const CLI::App& root);

}  // namespace kappa::cli
