// The command line: everything `kappa` does but `kappa serve`.
#pragma once

namespace kappa {

/// Runs one command, and gives the program's exit code: 0 done, 1 the function failed or the
/// request was refused, 2 used wrongly, 3 not found, 4 not logged in, 5 the server refuses for now,
/// 6 it cannot be reached, 130 interrupted.
int run_cli(int argc, char** argv);

}  // namespace kappa
