// How the program ends, for scripts.
#pragma once

#include "kappa/core.hpp"

namespace kappa::cli {

constexpr int exit_ok = 0;
constexpr int exit_failed = 1;  ///< the function failed, or the request was refused
constexpr int exit_usage = 2;   ///< the command was not understood
constexpr int exit_not_found = 3;
constexpr int exit_not_logged_in = 4;
constexpr int exit_refused = 5;  ///< the server refuses for now: try again
constexpr int exit_unreachable = 6;
constexpr int exit_interrupted = 130;  ///< 128 and SIGINT, as shells have it

inline int exit_code_of(const Error& error) {
  switch (error.code) {
    case Code::not_found:
      return exit_not_found;
    case Code::unauthorized:
      return exit_not_logged_in;
    case Code::invalid:
      return exit_usage;
    case Code::limited:
      return exit_refused;
    case Code::unavailable:
      return error.detail.starts_with("cannot reach") ? exit_unreachable : exit_refused;
    default:
      return exit_failed;
  }
}

}  // namespace kappa::cli
