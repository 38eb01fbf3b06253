// One step of a database's schema, as cmake/migrations.cmake embeds it.
#pragma once

#include <span>
#include <string_view>

namespace kappa::store {

/// A value. The n-th of a module's list brings a database from version n-1 to n, inside a
/// transaction: its script must hold no BEGIN or COMMIT. Once released it is never edited.
struct Migration {
  std::string_view name;  ///< "0001_users.sql"
  std::string_view sql;
};

}  // namespace kappa::store
