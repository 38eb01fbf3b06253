// Secrets that Kappa makes for itself at its first start.
#pragma once

#include <filesystem>
#include <string>

#include "base/random.hpp"
#include "kappa/core.hpp"

namespace kappa::app {

/// The secret kept in `file` (mode 0600), made of 32 random bytes if there is none yet.
/// unavailable: it cannot be read or written, or others may read it.
Result<std::string> load_or_make_secret(const std::filesystem::path& file, Random& random);

}  // namespace kappa::app
