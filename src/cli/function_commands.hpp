// Functions: create, list, show, delete, and the original's way to run one.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"

namespace kappa::cli {

struct ListFlags {
  std::int64_t limit = 0;  ///< 0: all of them
};

/// Each gives the program's exit code.
Tried<int> create_function(const Session& session, const std::string& name,
                           const std::string& file);
Tried<int> list_functions(const Session& session, const ListFlags& flags);
/// Its parameters, or its source alone.
Tried<int> show_function(const Session& session, const std::string& name, bool code);
Tried<int> execute_function(const Session& session, const std::string& name,
                            const std::vector<std::string>& arguments);
/// Asks at a terminal; `sure` says yes beforehand.
Tried<int> delete_function(const Session& session, const std::string& name, bool sure);

}  // namespace kappa::cli
