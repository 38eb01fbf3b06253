// Over CLI11's tree.
#include "cli/walk.hpp"

#include <CLI/CLI.hpp>

namespace kappa::cli {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const auto* command : commands_of(app)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

std::string path_of(const CLI::App& app) {
  const std::string& own = app.get_name();
  return app.get_parent() == nullptr ? own : path_of(*app.get_parent()) + " " + own;
}

const CLI::Option* find_flag(const CLI::App& app, const std::string& name) {
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    if (const auto* option = at->get_option_no_throw(name)) return option;
  }
  return nullptr;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

void leave_out_value(Place& place, const std::string& word) {
  const bool optional = place.value_of != nullptr && place.value_of->get_items_expected_min() == 0;
  if (optional && word.starts_with('-')) place.value_of = nullptr;
}

void follow(Place& place, const std::string& word, const UseFlag& use) {
  const std::size_t equals = word.find('=');
  leave_out_value(place, word);
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

Parted part_line(const CLI::App& root, const std::vector<std::string>& words) {
  Parted parted;
  Place place{&root};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool awaited = place.value_of != nullptr;
    const bool flag = words[i].starts_with('-') && words[i].size() > 1;
    const std::string name =
        words[i].substr(0, words[i].starts_with("--") ? words[i].find('=') : 2);
    const bool known = awaited || (flag && find_flag(*place.app, name) != nullptr);
    if (path_of(*place.app).starts_with(config_path) && commands_of(*place.app).empty() && !known) {
      parted.rest.push_back(words[i]);
      continue;
    }
    parted.kappa.push_back(words[i]);
    if (words[i] == "--") continue;
    follow(place, words[i], [](const CLI::Option&, const std::string&) {});
    const bool after_dashes = i > 0 && words[i - 1] == "--";
    if (path_of(*place.app) != execute_path || (place.positionals.empty() && !after_dashes))
      continue;
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

}  // namespace kappa::cli
