// Loaded by whoever serves; shown as everything else is.
#include "cli/config_commands.hpp"

#include <algorithm>

#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

Trouble does_not_fit(std::string why, const std::string& todo) {
  for (std::size_t at = why.find('\n'); at != why.npos; at = why.find('\n', at + 1))
    why.replace(at, 1, "\n       ");
  return Trouble::misuse("the configuration does not fit", why, todo);
}

Tried<Settings> load(const Output& out, const ServerSettings& server,
                     const std::vector<std::string>& words) {
  auto loaded = server.load(words);
  if (!loaded) return does_not_fit(loaded.error().detail, "kappa serve --help");
  if (!out.json()) {
    for (const std::string& remark : loaded->remarks) note("remark: " + remark);
  }
  return *std::move(loaded);
}

/// As lines of kappa.toml, each with where it comes from beside it.
std::string lines_of(const std::vector<Setting>& settings) {
  const auto line_of = [](const Setting& s) { return s.key + " = " + s.value.text; };
  std::size_t wide = 0;
  for (const Setting& setting : settings) wide = std::max(wide, line_of(setting).size());
  std::string out;
  for (const Setting& setting : settings) {
    std::string line = line_of(setting);
    line.resize(wide, ' ');
    out += line + "  # " + setting.origin + "\n";
  }
  return out;
}

}  // namespace

Tried<int> check_config(const Output& out, const ServerSettings& server,
                        const std::vector<std::string>& words) {
  const Settings loaded = TRY(load(out, server, words));
  if (const auto checked = server.check(words); !checked)
    return does_not_fit(checked.error().detail, "");
  out.one("The configuration fits; " +
              (loaded.file.empty() ? "there is no kappa.toml here" : "read " + loaded.file) + "\n",
          loaded);
  return exit_ok;
}

Tried<int> show_config(const Output& out, const ServerSettings& server,
                       const std::vector<std::string>& words) {
  const Settings loaded = TRY(load(out, server, words));
  if (out.json()) {
    out.list({}, loaded, loaded.settings);
  } else {
    print(lines_of(loaded.settings));
  }
  return exit_ok;
}

}  // namespace kappa::cli
