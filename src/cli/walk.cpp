// The tree as CLI11 holds it.
#include "cli/walk.hpp"

#include <CLI/CLI.hpp>

#include "base/suggest.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

constexpr std::string_view execute = "kappa fn execute";
constexpr std::string_view config = "kappa config ";

bool always(const CLI::App*) { return true; }

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands(always);
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
  const std::string& own = app.get_name();
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

/// How far a line has got.
struct Place {
  const CLI::App* app;
  const CLI::Option* value_of = nullptr;  // the flag whose value comes next
  std::vector<std::string> positionals = {};
};

/// Follows a line word by word; `use` is told of each flag and its value.
template <class Use>
void follow(Place& place, const std::string& word, const Use& use) {
  const std::size_t equals = word.find('=');
  if (place.value_of != nullptr) {
    use(*place.value_of, word);
    place.value_of = nullptr;
  } else if (word.starts_with('-') && !word.starts_with("--") && word.size() > 2) {
    // "-ojson", "-qd": a flag, and behind it its value or further flags.
    const auto* flag = find_flag(*place.app, word.substr(0, 2));
    if (flag == nullptr) return;
    if (takes_value(*flag)) return use(*flag, word.substr(word[2] == '=' ? 3 : 2));
    use(*flag, "");
    follow(place, "-" + word.substr(2), use);
  } else if (word.starts_with('-') && word.size() > 1) {
    const auto* flag = find_flag(*place.app, word.substr(0, equals));
    if (flag == nullptr) return;
    if (takes_value(*flag) && equals == word.npos) {
      place.value_of = flag;
    } else {
      use(*flag, equals == word.npos ? "" : word.substr(equals + 1));
    }
  } else if (const auto* deeper = find_command(*place.app, word)) {
    place.app = deeper;
  } else {
    place.positionals.push_back(word);
  }
}

Place place_in(const CLI::App& root, const std::vector<std::string>& words) {
  Place place{&root};
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    follow(place, words[i], [](const CLI::Option&, const std::string&) {});
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
  for (const auto* command : commands_of(*place.app)) {
    if (place.positionals.empty())  // else a word before it was none
      found.push_back({command->get_name(), command->get_description()});
  }
  std::size_t index = 0;
  for (const auto* option : place.app->get_options()) {
    if (!option->get_positional() || index++ != place.positionals.size()) continue;
    for (auto& value : values_of(option->get_name(), globals)) found.push_back(std::move(value));
  }
  return found;
}

/// What may come where a line has got to, when it is no value written behind a flag's '='.
std::vector<Candidate> candidates_at(const CLI::App& root, const Place& place,
                                     const std::vector<std::string>& words,
                                     const std::vector<Candidate>& server_flags) {
  const Globals globals = globals_in(root, words);
  const std::string path = path_of(*place.app);
  if (path == execute && !place.positionals.empty()) {
    const auto& before = words[words.size() - 2];  // a key waits for a value, which nobody knows
    if (before.starts_with("--")) return {};
    return arguments_of(place.positionals.front(), globals);
  }
  if (place.value_of != nullptr) return values_of(place.value_of->get_type_name(), globals);
  if (!words.empty() && words.back().starts_with('-')) {
    const bool of_server = path == "kappa serve" || path.starts_with(config);
    return of_server ? server_flags : flags_at(*place.app);
  }
  if (path != "kappa help") return values_at(place, globals);
  const CLI::App* at = &root;
  for (const std::string& word : place.positionals) {
    if (at != nullptr) at = find_command(*at, word);
  }
  if (at == nullptr) return {};
  auto found = values_at({at}, globals);
  if (at == &root) found.push_back({"exit-codes", "How the program ends, for scripts"});
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

Parted part_line(const CLI::App& root, const std::vector<std::string>& words) {
  Parted parted;
  Place place{&root};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool awaited = place.value_of != nullptr;
    const bool flag = words[i].starts_with('-') && words[i].size() > 1;
    const std::string name =
        words[i].substr(0, words[i].starts_with("--") ? words[i].find('=') : 2);
    const bool known = awaited || (flag && find_flag(*place.app, name) != nullptr);
    if (path_of(*place.app).starts_with(config) && commands_of(*place.app).empty() && !known) {
      parted.rest.push_back(words[i]);
      continue;
    }
    parted.kappa.push_back(words[i]);
    if (words[i] == "--") continue;
    follow(place, words[i], [](const CLI::Option&, const std::string&) {});
    const bool after_dashes = i > 0 && words[i - 1] == "--";
    if (path_of(*place.app) != execute || (place.positionals.empty() && !after_dashes)) continue;
    parted.rest.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
    break;
  }
  return parted;
}

Globals globals_in(const CLI::App& root, const std::vector<std::string>& words) {
  Globals globals;
  Place place{&root};
  for (const std::string& word : words) {
    if (word == "--") break;
    follow(place, word, [&](const CLI::Option& flag, const std::string& value) {
      const std::string name = flag.get_name();
      if (name == "--server") globals.server = value;
      if (name == "--profile") globals.profile = value;
      if (name == "--output") globals.output = value;
      if (name == "--no-color") globals.no_color = true;
    });
  }
  return globals;
}

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

std::vector<std::string> complete(const CLI::App& root, const std::vector<std::string>& words,
                                  const std::vector<Candidate>& server_flags) {
  const Place place = place_in(root, words);
  const std::string begun = words.empty() ? "" : words.back();
  const Globals globals = globals_in(root, words);
  const std::size_t equals = begun.find('=');
  const bool joined = begun.starts_with("--") && equals != begun.npos;  // --flag=value
  const auto* flag = joined ? find_flag(*place.app, begun.substr(0, equals)) : nullptr;
  const std::string before = flag == nullptr ? "" : begun.substr(0, equals + 1);
  std::vector<Candidate> all;
  if (flag != nullptr) {
    all = values_of(flag->get_type_name(), globals);
  } else {
    all = candidates_at(root, place, words, server_flags);
  }
  std::vector<std::string> lines;
  for (const auto& [word, what] : all) {
    if (word == files) return {std::string(files)};
    if ((before + word).starts_with(begun)) lines.push_back(before + word + "\t" + what);
  }
  return lines;
}

std::string commands_reference(const CLI::App& root) {
  std::string out = "# Commands\n\nMade from the program by `./dev reference`.\n\n";
  describe_command(root, out);
  return out + "## Exit codes\n\n" + exit_codes_text(true);
}

}  // namespace kappa::cli
