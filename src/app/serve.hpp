// `kappa serve`: from start to SIGTERM.
#pragma once

#include "app/config.hpp"

namespace kappa::app {

/// `kappa serve FLAGS`: reads the configuration, then serves. Gives the program's exit code.
int run_serve(int argc, char** argv);

/// Serves until SIGTERM or SIGINT, then drains. Gives the program's exit code. Call it before any
/// thread is started.
int serve(const Config& config);

}  // namespace kappa::app
