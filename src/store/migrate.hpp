// Brings a database's schema to the version this binary knows.
#pragma once

#include <filesystem>
#include <span>

#include "base/clock.hpp"
#include "store/database.hpp"
#include "store/migration.hpp"

namespace kappa::store {

/// How many of `migrations` the database has; 0 when it has none. unavailable: as migrate() has it.
Result<std::size_t> schema_version(Database& database, const std::filesystem::path& file,
                                   std::span<const Migration> migrations);

/// Applies the migrations the database lacks, all in one transaction with their lines in the table
/// schema_migration: killed at any point, a database has the version it had, or the newest. An
/// existing database is first copied to "<file>.v<its version>", if it is to be. Throws
/// std::logic_error when a script is wrong. unavailable, and nothing changed: the database is newer
/// than this binary, or one of its migrations is not the one this binary knows; the detail says
/// what to do.
Result<Nothing> migrate(Database& database, const std::filesystem::path& file,
                        std::span<const Migration> migrations, const Clock& clock,
                        bool copied_first = true);

}  // namespace kappa::store
