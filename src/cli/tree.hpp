// The tree of commands: what each is called, takes and does.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/account_commands.hpp"
#include "cli/bill_commands.hpp"
#include "cli/execution_commands.hpp"
#include "cli/export_commands.hpp"
#include "cli/folder_commands.hpp"
#include "cli/function_commands.hpp"
#include "cli/invoke_command.hpp"
#include "cli/line_commands.hpp"
#include "cli/server_settings.hpp"
#include "cli/settings_flags.hpp"

namespace CLI {
class App;
}

namespace kappa::cli {

/// What the line said, and what it asks to be done: with a server, or without one.
struct Line {
  Globals globals;
  Login login;
  ListFlags list;
  InvokeFlags invoke;
  ExecutionFlags executions;
  BillFlags bill;
  LineFlags lines;
  std::string name;
  std::string file;
  std::string exec_id;
  std::string amount;
  std::string profile;
  std::string url;
  SettingsFlags settings;
  FolderFlags folder;
  ExportFlags exported;
  bool code = false;
  bool sure = false;
  std::vector<std::string> words;  ///< of kappa help
  std::vector<std::string> rest;   ///< what Parted has as rest
  std::int64_t log_lines = 1000;   ///< the most that a server gives at once
  ServerSettings server;
  std::function<Tried<int>(const Session&)> with_session;
  std::function<Tried<int>(const CLI::App&, const Output&)> alone;
};

/// Fills the tree. `line` is written while a line is parsed, and outlives it.
void add_commands(CLI::App& app, Line& line);

}  // namespace kappa::cli
