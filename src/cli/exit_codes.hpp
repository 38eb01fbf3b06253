// How the program ends, for scripts.
#pragma once

#include <string_view>

#include "kappa/core.hpp"

namespace kappa::cli {

constexpr int exit_ok = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_not_found = 3;
constexpr int exit_not_logged_in = 4;
constexpr int exit_refused = 5;
constexpr int exit_unreachable = 6;
constexpr int exit_late = 7;
constexpr int exit_interrupted = 130;  ///< 128 and SIGINT, as shells have it

struct ExitCode {
  int code;
  std::string_view meaning;
};

/// What `kappa help exit-codes` and the reference list.
constexpr ExitCode exit_codes[] = {
    {exit_ok, "Done."},
    {exit_failed, "The function failed, or the request was refused for good."},
    {exit_usage, "The command, its flags or its input were not understood; nothing was done."},
    {exit_not_found, "There is no such function or execution."},
    {exit_not_logged_in, "Not logged in, or not any more; log in with: kappa login"},
    {exit_refused, "The server refuses for now; try again."},
    {exit_unreachable, "The server cannot be reached."},
    {exit_late, "The server did not answer in time; it may do what was asked for all the same."},
    {exit_interrupted, "Interrupted by Ctrl-C."},
};

/// The exit code that an operation's error ends the program with.
int exit_code_of(const Error& error);

}  // namespace kappa::cli
