// Which databases a data folder holds.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/migration.hpp"

namespace kappa::folder {

constexpr std::string_view data_name = "data.db";
constexpr std::string_view fn_code_name = "fn_code.db";
constexpr std::string_view fn_logs_name = "fn_logs";  ///< a folder of day files

/// Paths in the folder, "data.db" and "fn_logs/fn_logs-2026-11-27.db", of those that are there; the
/// logs last, the newest day first.
std::vector<std::string> databases_in(const std::filesystem::path& folder);
/// Days' logs that the server found damaged and set aside, "fn_logs/fn_logs-2026-11-27.db.damaged".
std::vector<std::string> set_aside_in(const std::filesystem::path& folder);
/// Whether a path is that of a database as a data folder has them.
bool is_database(std::string_view name);
/// The schema that this program knows for it. `name` is a database's.
std::span<const store::Migration> migrations_of(std::string_view name);

}  // namespace kappa::folder
