// The command line: everything `kappa` does but `kappa serve`.
#pragma once

#include "cli/server_settings.hpp"

namespace kappa {

/// Runs one command, and gives the program's exit code, as cli/exit_codes.hpp lists them.
int run_cli(int argc, char** argv, const cli::ServerSettings& server);

}  // namespace kappa
