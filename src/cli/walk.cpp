// The tree as CLI11 holds it.
#include "cli/walk.hpp"

#include <CLI/CLI.hpp>

#include "base/suggest.hpp"
#include "cli/candidates.hpp"
#include "cli/exit_codes.hpp"
#include "cli/terminal.hpp"
#include "cli/trouble.hpp"

namespace kappa::cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const auto* command : commands_of(app)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

/// The command that the line got to.
const CLI::App* deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? &app : deepest(*chosen.front());
}

std::string path_of(const CLI::App& app) {
  const std::string own = app.get_name();
  return app.get_parent() == nullptr ? own : path_of(*app.get_parent()) + " " + own;
}

/// The flag of this name here or above; nothing when there is none.
const CLI::Option* find_flag(const CLI::App& app, const std::string& name) {
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    if (const auto* option = at->get_option_no_throw(name)) return option;
  }
  return nullptr;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string nearest_word(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* command : commands_of(app)) names.push_back(command->get_name());
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const auto* option : at->get_options()) {
      if (!option->get_positional()) names.push_back(option->get_name());
    }
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return std::string(nearest(word, known));
}

/// Where a line to be completed has got to.
struct Place {
  const CLI::App* app;
  const CLI::Option* value_of = nullptr;  // the flag whose value comes next
  std::vector<std::string> positionals = {};
};

Place place_in(const CLI::App& root, const std::vector<std::string>& words) {
  Place place{&root};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (place.value_of != nullptr) {
      place.value_of = nullptr;
    } else if (word.starts_with('-')) {
      const auto* flag = find_flag(*place.app, word);
      if (flag != nullptr && takes_value(*flag)) place.value_of = flag;
    } else if (const auto* deeper = find_command(*place.app, word)) {
      place.app = deeper;
    } else {
      place.positionals.push_back(word);
    }
  }
  return place;
}

std::string first_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? "-" + option.get_snames().front()
                                     : "--" + option.get_lnames().front();
}

std::vector<Candidate> flags_at(const CLI::App& app) {
  std::vector<Candidate> found;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const auto* option : at->get_options()) {
      if (!option->get_positional())
        found.push_back({first_name(*option), option->get_description()});
    }
  }
  return found;
}

/// The value that comes next on the line without a flag: a command, or what a positional takes.
std::vector<Candidate> values_at(const Place& place, const Globals& globals) {
  std::vector<Candidate> found;
  for (const auto* command : commands_of(*place.app))
    found.push_back({command->get_name(), command->get_description()});
  std::size_t index = 0;
  for (const auto* option : place.app->get_options()) {
    if (!option->get_positional() || index++ != place.positionals.size()) continue;
    for (auto& value : values_of(option->get_name(), globals)) found.push_back(std::move(value));
  }
  return found;
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

int told(const CLI::App& at, const std::string& what, const std::string& close) {
  const std::string why = close.empty() ? "" : "did you mean '" + close + "'?";
  print_error(Trouble{Code::invalid, what, why, path_of(at) + " --help"}.text());
  return exit_usage;
}

int told_missing(const CLI::App& at) {
  std::string names;
  for (const auto* command : commands_of(at))
    names += (names.empty() ? "" : ", ") + command->get_name();
  print_error(Trouble{Code::invalid, "a command is missing behind '" + path_of(at) + "'",
                      "there are: " + names, path_of(at) + " --help"}
                  .text());
  return exit_usage;
}

}  // namespace

int help(const CLI::App& root, const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"exit-codes"}) {
    print(exit_codes_text(false));
    return exit_ok;
  }
  const CLI::App* at = &root;
  for (const std::string& word : words) {
    const auto* deeper = find_command(*at, word);
    if (deeper == nullptr)
      return told(*at, "there is no command '" + word + "'", nearest_word(*at, word));
    at = deeper;
  }
  print(at->help(at->get_parent() == nullptr ? "" : path_of(*at->get_parent())));
  return exit_ok;
}

int told_misuse(const CLI::App& root, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return root.exit(error);  // --help and --version
  const CLI::App* at = deepest(root);
  const auto rest = root.remaining(true);
  if (rest.empty() && !commands_of(*at).empty()) return told_missing(*at);
  if (rest.empty()) return told(*at, error.what(), "");
  return told(*at, "'" + rest.front() + "' is no command or flag here",
              nearest_word(*at, rest.front()));
}

std::vector<std::string> complete(const CLI::App& root, const std::vector<std::string>& words) {
  const Place place = place_in(root, words);
  const std::string begun = words.empty() ? "" : words.back();
  const Globals globals = globals_in(words);
  std::vector<Candidate> all;
  const bool of_function = path_of(*place.app) == "kappa fn execute" && !place.positionals.empty();
  if (of_function) {
    all = arguments_of(place.positionals.front(), globals);
  } else if (place.value_of != nullptr) {
    all = values_of(place.value_of->get_type_name(), globals);
  } else if (begun.starts_with('-')) {
    all = flags_at(*place.app);
  } else {
    all = values_at(place, globals);
  }
  std::vector<std::string> lines;
  for (const auto& [word, what] : all) {
    if (word.starts_with(begun)) lines.push_back(word + "\t" + what);
  }
  return lines;
}

std::string commands_reference(const CLI::App& root) {
  std::string out = "# Commands\n\nMade from the program by `./dev reference`.\n\n";
  describe_command(root, out);
  return out + "## Exit codes\n\n" + exit_codes_text(true);
}

}  // namespace kappa::cli
