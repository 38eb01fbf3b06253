// Where calls write on a machine that permits no namespaces: folders in its /tmp, which Landlock
// keeps apart by function.
#pragma once

#include <string>

namespace kappa::runner {

/// A new folder for this process's function. Ends the process when it cannot be made.
std::string make_scratch();
/// Empties a call's folder in it, or makes it. False when that is not possible.
bool empty_scratch(const std::string& folder);
/// Removes the folders of this user whose process is gone.
void sweep_scratch();

}  // namespace kappa::runner
