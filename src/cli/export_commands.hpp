// A user's functions as one JSON document, and back: how they move from one server to another.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"

namespace CLI {
class App;
}

namespace kappa::cli {

struct Line;

struct ExportFlags {
  std::string file = "-";  ///< "-": standard output, or standard input
  bool replace = false;
  std::vector<std::string> fn;  ///< those alone; all when empty
};

/// Names, sources and settings. Trouble: the file is there already, or cannot be written; a
/// function that is named is not there; together they are more than import_functions() takes.
Tried<int> export_functions(const Session& session, const ExportFlags& flags);
/// Makes those that are not there; leaves equal ones alone. Trouble: nothing is done when one is
/// there and another, unless it is to be replaced; one that is refused ends it, and importing again
/// goes on from there.
Tried<int> import_functions(const Session& session, const ExportFlags& flags);

/// kappa export and kappa import.
void add_export_commands(CLI::App& app, Line& line);

}  // namespace kappa::cli
