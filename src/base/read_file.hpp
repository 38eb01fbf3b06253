// Whole files, and whatever else a path may name.
#pragma once

#include <string>

#include "kappa/core.hpp"

namespace kappa {

constexpr std::size_t most_read_mib = 64;  ///< far above what a server takes at once

/// All that the file, pipe or device gives. not_found: there is none. invalid: it cannot be read,
/// is a folder, or has more than most_read_mib; `detail` says why, without the name.
Result<std::string> read_file(const std::string& path);
/// The same from a descriptor, which stays open.
Result<std::string> read_to_end(int fd);

}  // namespace kappa
