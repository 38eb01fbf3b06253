// For walls: one that could not be put up is no wall, and its process must not go on.
#pragma once

namespace kappa::runner {

constexpr int wall_missing = 70;  ///< exit code: sysexits' "internal software error"

/// Ends this process with a line on stderr, errno's text in it, unless `done`.
void must(bool done, const char* what);

}  // namespace kappa::runner
