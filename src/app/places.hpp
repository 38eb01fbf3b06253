// Which modules a process has and which it only asks, as its configuration says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/config.hpp"

namespace kappa::app {

/// What a process makes use of: to answer users, to expose it, or for another of its modules.
struct Needs {
  bool api = false;
  bool data = false;
  bool fn_code = false;
  bool fn_logs = false;
  bool logs = false;
  bool runner = false;
};
Needs needs_of(const Config& config);

/// Modules that cannot be where the configuration has them, each with its key: a role that lacks
/// one, one at two places, a process that would serve nothing.
std::vector<Fault> misplaced_modules(const Config& config);

/// The port a module is exposed at where none is said: 8010 is the API's, 8020 data's, 8030
/// fn_code's, 8040 fn_logs', 8050 logs', 8060 the runner's, as the original Kappa has them.
int default_port(std::string_view module);
/// "127.0.0.1" -> "127.0.0.1:8020". An address with a port, or of a Unix socket, stays as it is.
std::string with_port(const std::string& address, int port);

}  // namespace kappa::app
