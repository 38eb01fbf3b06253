// From an error to how the program ends.
#include "cli/exit_codes.hpp"

#include <string>

namespace kappa::cli {

bool is_unreachable(const Error& error) {
  return error.code == Code::unavailable && error.detail.starts_with("cannot reach");
}

bool is_late(const Error& error) {
  return error.code == Code::unavailable && error.detail.find("in time") != std::string::npos;
}

int exit_code_of(const Error& error) {
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
      return is_unreachable(error) ? exit_unreachable : is_late(error) ? exit_late : exit_refused;
    default:
      return exit_failed;
  }
}

}  // namespace kappa::cli
