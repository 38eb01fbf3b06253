// Landlock: what files and sockets a function's processes may touch, held by the kernel whatever
// they do.
#pragma once

#include <string>

namespace kappa::runner {

struct FileRules {
  std::string scratch;    ///< the folder of the slots, to be written
  bool own_tree = false;  ///< the root is a function's own: /tmp and /proc may be used
  bool network = false;   ///< TCP may be used
};

/// Shuts this process, and all it forks, in: programs, libraries and settings to be read, scratch
/// to be written, and (Linux 6.12) no signals and abstract sockets to the outside. False when this
/// kernel has no Landlock; a rule that it has and that cannot be put up ends the process. Wants
/// no_new_privs.
bool restrict_files(const FileRules& rules);

}  // namespace kappa::runner
