// A data folder on this machine, without its server: backup, restore, and what doctor says of it.
#pragma once

#include <string>

#include "cli/output.hpp"
#include "cli/server_settings.hpp"

namespace CLI {
class App;
}

namespace kappa::cli {

struct Line;

/// What the line says.
struct FolderFlags {
  std::string file;
  std::string data;  ///< "": the folder that kappa serve would use here
  bool replace = false;
  bool thorough = false;
};

Tried<int> backup(const Output& out, const ServerSettings& server, const FolderFlags& flags);
Tried<int> restore(const Output& out, const FolderFlags& flags);
/// 0 unless something is broken.
Tried<int> doctor_of_folder(const Output& out, const FolderFlags& flags);

/// kappa backup and kappa restore.
void add_folder_commands(CLI::App& app, Line& line);

}  // namespace kappa::cli
