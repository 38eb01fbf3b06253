// What ran: executions and their logs.
#pragma once

#include <string>

#include "cli/session.hpp"

namespace kappa::cli {

struct ExecutionFlags {
  std::string fn_name;
  std::string verdict;
  std::string before;
  std::int64_t limit = 20;  ///< a screen
  bool running = false;
  bool all = false;  ///< every page
};

/// Each gives the program's exit code. Of a function's logs the newest `limit` lines are shown.
Tried<int> list_executions(const Session& session, const ExecutionFlags& flags);
/// Stops it, and shows how it ended.
Tried<int> cancel_execution(const Session& session, const std::string& exec_id);
Tried<int> show_execution(const Session& session, const std::string& exec_id);
Tried<int> function_logs(const Session& session, const std::string& name, std::int64_t limit);
Tried<int> execution_logs(const Session& session, const std::string& exec_id);

}  // namespace kappa::cli
