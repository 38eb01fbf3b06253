// What can be wrong with a data folder's databases, each alone and one beside the other.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "folder/moment.hpp"
#include "store/database.hpp"

namespace kappa::folder {

/// One thing that was looked at.
struct Finding {
  enum class Kind {
    fine,
    leftover,  ///< takes room and does no harm
    broken,    ///< something that was kept is lost, or may be
  };
  std::string about;  ///< "data.db"
  Kind kind = Kind::fine;
  std::string detail;
  std::string todo = {};  ///< what to do; "" when fine
};

/// A database alone: its pages, whether this program knows its schema, and of fn_code.db every
/// source against its hash. internal: the first thing that is wrong; names `about`.
Result<Nothing> check_database(store::Database& database, const std::string& about);

/// How closely each database is looked at.
enum class Depth {
  pages,    ///< every page
  indexes,  ///< and every index against its table, which takes several times as long
};

/// All of a folder, also while a server uses it: each database, references to rows that are not
/// there, functions without code, code and logs without a function, files that nobody needs.
/// unavailable: it has no database, or a restore into it was cut short.
Result<std::vector<Finding>> check_folder(const std::filesystem::path& folder,
                                          Depth depth = Depth::pages);

}  // namespace kappa::folder
