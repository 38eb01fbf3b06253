// `kappa config`: looks at a configuration without serving it.
#pragma once

#include <string>

namespace kappa::app {

/// `kappa config check | show [--config FILE] [--KEY VALUE]...`. Gives the program's exit code: 0
/// it fits, 2 it does not, or the command was not understood.
int run_config(int argc, char** argv);

/// Every key as Markdown: what it means, its default, its variable.
std::string configuration_reference();

}  // namespace kappa::app
