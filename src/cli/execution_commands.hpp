// What ran: executions, their logs, the bill.
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

/// Each gives the program's exit code.
int list_executions(const Session& session, const ExecutionFlags& flags);
int show_execution(const Session& session, const std::string& exec_id);
int function_logs(const Session& session, const std::string& name);
int execution_logs(const Session& session, const std::string& exec_id);
int bill(const Session& session);

}  // namespace kappa::cli
