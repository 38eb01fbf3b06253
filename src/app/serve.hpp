// `kappa serve`: from start to SIGTERM.
#pragma once

#include "app/config.hpp"

namespace kappa::app {

/// Serves until SIGTERM or SIGINT, then drains. Gives the program's exit code. Call it before any
/// thread is started.
int serve(const Config& config);

}  // namespace kappa::app
