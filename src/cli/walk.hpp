// Walking the tree of commands along a line, however far the line goes and however wrong it is.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/session.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace kappa::cli {

constexpr std::string_view execute_path = "kappa fn execute";
constexpr std::string_view config_path = "kappa config ";  ///< of check and show

std::vector<const CLI::App*> commands_of(const CLI::App& app);
/// The command of that name right below; nothing when there is none.
const CLI::App* find_command(const CLI::App& app, const std::string& name);
/// "kappa fn show".
std::string path_of(const CLI::App& app);
/// The flag of that name, "-o" or "--output", here or above; nothing when there is none.
const CLI::Option* find_flag(const CLI::App& app, const std::string& name);
bool takes_value(const CLI::Option& option);

/// How far a line has got.
struct Place {
  const CLI::App* app;
  const CLI::Option* value_of = nullptr;  ///< the flag whose value comes next
  std::vector<std::string> positionals = {};
};
using UseFlag = std::function<void(const CLI::Option&, const std::string& value)>;
/// Where the value that comes next may be left out and the word is a flag, it is left out.
void leave_out_value(Place& place, const std::string& word);
/// Goes one word on; `use` is told of a flag once its value, if it takes one, is known.
void follow(Place& place, const std::string& word, const UseFlag& use);

/// A command line, and what on it is not for the tree: everything behind NAME in `fn execute NAME`,
/// which belongs to the function, and the server's flags behind `config check` and `config show`.
struct Parted {
  std::vector<std::string> kappa;
  std::vector<std::string> rest;
};
Parted part_line(const CLI::App& root, const std::vector<std::string>& words);

/// The flags for every command, as far as a line gives them.
Globals globals_in(const CLI::App& root, const std::vector<std::string>& words);

}  // namespace kappa::cli
