// The command line: everything `kappa` does but `kappa serve` and `kappa config`.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace kappa {

/// A flag that completion offers, and what it is.
struct ServerFlag {
  std::string name;
  std::string what;
};

/// Runs one command, and gives the program's exit code, as cli/exit_codes.hpp lists them.
/// `server_flags` gives those of kappa serve and kappa config, which are not the command line's
/// own.
int run_cli(int argc, char** argv, const std::function<std::vector<ServerFlag>()>& server_flags);

}  // namespace kappa
