// Log lines: found, and followed.
#pragma once

#include <string>

#include "cli/session.hpp"

namespace kappa::cli {

/// Which lines; what is not given does not matter.
struct LineFlags {
  std::string since;
  std::string until;
  std::string grep;
  std::string stream;
  std::int64_t count = 0;  ///< the newest so many; 0: as many as fit what is asked for
  bool follow = false;

  bool given() const { return follow || count > 0 || !(since + until + grep + stream).empty(); }
};

/// Each gives the program's exit code. A connection that breaks while lines are followed is made
/// anew, without a line lost or doubled.
Tried<int> function_lines(const Session& session, const std::string& name, const LineFlags& flags);
/// Following ends with the execution.
Tried<int> execution_lines(const Session& session, const std::string& exec_id,
                           const LineFlags& flags);

}  // namespace kappa::cli
