// The command line: everything `kappa` does but `kappa serve` and `kappa config`.
#pragma once

namespace kappa {

/// Runs one command, and gives the program's exit code, as cli/exit_codes.hpp lists them.
int run_cli(int argc, char** argv);

}  // namespace kappa
