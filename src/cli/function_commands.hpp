// Functions: create, list, show, delete, and the original's way to run one.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"
#include "cli/settings_flags.hpp"

namespace kappa::cli {

struct ListFlags {
  std::int64_t limit = 0;  ///< 0: all of them
};

/// Each gives the program's exit code.
Tried<int> create_function(const Session& session, const std::string& name, const std::string& file,
                           const SettingsFlags& settings);
Tried<int> set_function(const Session& session, const std::string& name,
                        const SettingsFlags& settings);
Tried<int> list_functions(const Session& session, const ListFlags& flags);
/// Its parameters and settings, or its source alone.
Tried<int> show_function(const Session& session, const std::string& name, bool code);
Tried<int> execute_function(const Session& session, const std::string& name,
                            const std::vector<std::string>& arguments);
/// Asks at a terminal; `sure` says yes beforehand.
Tried<int> delete_function(const Session& session, const std::string& name, bool sure);

}  // namespace kappa::cli
