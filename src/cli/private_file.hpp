// Small files of one person, kept between commands in the place for configuration.
#pragma once

#include <filesystem>
#include <string>

#include "kappa/core.hpp"

namespace kappa::cli {

/// $XDG_CONFIG_HOME/kappa/NAME, else ~/.config/kappa/NAME.
std::filesystem::path private_file(const std::string& name);

/// What the file says; "" when there is none. invalid: it cannot be read.
Result<std::string> read_private(const std::filesystem::path& file);
/// Written whole or not at all, for this user's eyes only (file 0600, folder 0700). unavailable: it
/// cannot be written; what was there is still there.
Result<Nothing> write_private(const std::filesystem::path& file, const std::string& text);

}  // namespace kappa::cli
