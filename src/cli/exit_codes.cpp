// From an error to how the program ends.
#include "cli/exit_codes.hpp"

namespace kappa::cli {

int exit_code_of(const Error& error) {
  if (error.contact == Contact::unreachable || error.contact == Contact::cut ||
      error.contact == Contact::untrusted)
    return exit_unreachable;
  if (error.contact == Contact::late) return exit_late;
  if (error.contact == Contact::strange) return exit_failed;
  switch (error.code) {
    case Code::not_found:
      return exit_not_found;
    case Code::unauthorized:
      return exit_not_logged_in;
    case Code::invalid:
      return exit_usage;
    case Code::limited:
    case Code::unavailable:
      return exit_refused;
    default:
      return exit_failed;
  }
}

}  // namespace kappa::cli
