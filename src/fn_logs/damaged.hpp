// Day files that are no databases any more, put out of the way.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kappa/core.hpp"

namespace kappa::fn_logs {

/// Renames a file that nobody has open, and what SQLite keeps beside it, so that another can take
/// its place: "fn_logs-2026-11-27.db.damaged", or "….damaged.2" and so on. Nothing is deleted.
/// Killed at any point, it can be called again.
Result<std::filesystem::path> set_aside(const std::filesystem::path& file);
/// The names of those that were, sorted.
Result<std::vector<std::string>> set_aside_in(const std::filesystem::path& directory);

}  // namespace kappa::fn_logs
