// Named servers: list, add, use, remove.
#pragma once

#include <string>

#include "cli/output.hpp"

namespace kappa::cli {

/// Each gives the program's exit code. They talk to no server.
Tried<int> list_profiles(const Output& out);
Tried<int> add_profile(const Output& out, const std::string& name, const std::string& server);
Tried<int> use_profile(const Output& out, const std::string& name);
/// Forgets its logins as well.
Tried<int> remove_profile(const Output& out, const std::string& name);

}  // namespace kappa::cli
