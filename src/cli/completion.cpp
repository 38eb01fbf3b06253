// What fits at the end of a line.
#include "cli/completion.hpp"

#include <CLI/CLI.hpp>

#include "cli/walk.hpp"

namespace kappa::cli {
namespace {

Place place_in(const CLI::App& root, const std::vector<std::string>& words) {
  Place place{&root};
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    follow(place, words[i], [](const CLI::Option&, const std::string&) {});
  if (!words.empty()) leave_out_value(place, words.back());
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
  if (path == execute_path && !place.positionals.empty()) {
    const auto& before = words[words.size() - 2];  // a key waits for a value, which nobody knows
    if (before.starts_with("--")) return {};
    return arguments_of(place.positionals.front(), globals);
  }
  if (place.value_of != nullptr) return values_of(place.value_of->get_type_name(), globals);
  if (!words.empty() && words.back().starts_with('-')) {
    const bool of_server = path == "kappa serve" || path.starts_with(config_path);
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

}  // namespace

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

}  // namespace kappa::cli
