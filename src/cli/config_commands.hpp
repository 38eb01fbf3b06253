// kappa config: looks at a server's configuration without serving it.
#pragma once

#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/server_settings.hpp"

namespace kappa::cli {

/// Each takes kappa serve's flags as `words`, and gives the program's exit code. Misuse: the
/// configuration does not fit; says where and why.
Tried<int> check_config(const Output& out, const ServerSettings& server,
                        const std::vector<std::string>& words);
Tried<int> show_config(const Output& out, const ServerSettings& server,
                       const std::vector<std::string>& words);

}  // namespace kappa::cli
