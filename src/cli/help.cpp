// From the tree, so that nothing is described twice.
#include "cli/help.hpp"

#include <CLI/CLI.hpp>

#include "base/suggest.hpp"
#include "cli/terminal.hpp"
#include "cli/walk.hpp"

namespace kappa::cli {
namespace {

/// The command that the line got to.
const CLI::App* deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? &app : deepest(*chosen.front());
}

std::string nearest_word(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* command : commands_of(app)) names.push_back(command->get_name());
  if (app.get_parent() == nullptr) names.emplace_back("exit-codes");
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const auto* option : at->get_options()) {
      if (!option->get_positional()) names.push_back(option->get_name());
    }
  }
  std::erase(names, word);  // it is known, but not there
  const std::vector<std::string_view> known(names.begin(), names.end());
  return std::string(nearest(word, known));
}

void describe_command(const CLI::App& app, std::string& out) {
  std::string usage = path_of(app);
  std::string rows;
  for (const auto* option : app.get_options()) {
    const bool positional = option->get_positional();
    if (positional) usage += " " + option->get_name();
    if (option->get_name() == "--help") continue;
    const std::string value =
        positional || !takes_value(*option) ? "" : " " + option->get_type_name();
    rows += "| `" + option->get_name(positional, !positional) + value + "` | " +
            option->get_description() + " |\n";
  }
  if (commands_of(app).empty() || app.get_parent() == nullptr) {
    out += "## " + usage + "\n\n" + app.get_description() + "\n\n";
    if (!rows.empty()) out += "| | |\n| --- | --- |\n" + rows + "\n";
  }
  for (const auto* command : commands_of(app)) describe_command(*command, out);
}

std::string exit_codes_text(bool markdown) {
  std::string text = markdown ? "| code | meaning |\n| --- | --- |\n" : "";
  for (const auto& [code, meaning] : exit_codes) {
    const std::string number = std::to_string(code);
    text += markdown
                ? "| " + number + " | " + std::string(meaning) + " |\n"
                : std::string(3 - number.size(), ' ') + number + "  " + std::string(meaning) + "\n";
  }
  return text;
}

Trouble misuse(const CLI::App& at, const std::string& what, const std::string& close) {
  return Trouble::misuse(what, close.empty() ? "" : "did you mean '" + close + "'?",
                         path_of(at) + " --help");
}

Trouble missing_command(const CLI::App& at) {
  std::string names;
  for (const auto* command : commands_of(at))
    names += (names.empty() ? "" : ", ") + command->get_name();
  return Trouble::misuse("a command is missing behind '" + path_of(at) + "'", "there are: " + names,
                         path_of(at) + " --help");
}

}  // namespace

Tried<int> help(const CLI::App& root, const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"exit-codes"}) {
    print(exit_codes_text(false));
    return exit_ok;
  }
  const CLI::App* at = &root;
  for (const std::string& word : words) {
    const auto* deeper = find_command(*at, word);
    if (deeper == nullptr)
      return misuse(*at, "there is no command '" + word + "'", nearest_word(*at, word));
    at = deeper;
  }
  print(at->help(at->get_parent() == nullptr ? "" : path_of(*at->get_parent())));
  return exit_ok;
}

Tried<int> told_misuse(const CLI::App& root, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return root.exit(error);  // --help and --version
  const CLI::App* at = deepest(root);
  const auto rest = root.remaining(true);
  if (rest.empty() && !commands_of(*at).empty()) return missing_command(*at);
  if (rest.empty()) return misuse(*at, error.what(), "");
  return misuse(*at, "'" + rest.front() + "' is no command or flag here",
                nearest_word(*at, rest.front()));
}

std::string commands_reference(const CLI::App& root) {
  std::string out = "# Commands\n\nMade from the program by `./dev reference`.\n\n";
  describe_command(root, out);
  return out + "## Exit codes\n\n" + exit_codes_text(true);
}

}  // namespace kappa::cli
