// The reference pages in docs/reference/, made from the program itself.
#pragma once

#include <string_view>

namespace kappa::app {

/// `kappa __reference PAGE`: prints a page as Markdown: "configuration", "operations" for the API's
/// operations, "operations-MODULE" for a module's. Gives the program's exit code.
int run_reference(std::string_view page);

}  // namespace kappa::app
