// The reference pages in docs/reference/, made from the program itself.
#pragma once

#include <string_view>

namespace kappa::app {

/// `kappa __reference PAGE`: prints "commands", "configuration" or "operations" as Markdown. Gives
/// the program's exit code.
int run_reference(std::string_view page);

}  // namespace kappa::app
