// A function's settings as flags: one for each member of FunctionSettings, "timeout_ms" as
// --timeout-ms.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/trouble.hpp"
#include "kappa/types.hpp"

namespace CLI {
class App;
}

namespace kappa::cli {

/// What the line says of them, by the members' names.
struct SettingsFlags {
  std::map<std::string, std::string> given;
  std::vector<std::string> defaults;  ///< members to be left to the server
};

void add_settings_flags(CLI::App& command, SettingsFlags& flags);

/// `settings` with what the flags say. Misuse: a value that is none, or a name that is none.
Tried<FunctionSettings> changed(FunctionSettings settings, const SettingsFlags& flags);

/// Each as its name and value, with a mark at those that are the server's defaults.
std::vector<std::vector<std::string>> facts_of(const FunctionSettings& own,
                                               const FunctionSettings& in_force);

}  // namespace kappa::cli
