// What a function sees of files: the system's programs and libraries read-only, a /tmp of its own,
// and nothing else of this machine.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>

namespace kappa::runner {

/// Puts the tree together in a new mount namespace and makes it this process's root, for good: the
/// template does, and all below it inherit it. `resolver`: name servers are told of too. False when
/// this machine does not permit it; the process is then of no further use.
bool enter_file_tree(const std::string& hidden, bool resolver);

/// In a function's own namespaces: a /proc that shows its own processes alone, an empty /tmp for
/// the module's loading, and room for slots. Where the machine's own /proc is partly hidden, as in
/// containers, there is none. False when it cannot be had.
bool make_function_mounts(std::int64_t scratch_mb);

/// At `root`: a root for one call at a time, with an empty /tmp of `scratch_mb` MiB; made anew when
/// it exists. Only for fn-init, which alone may mount. False when it cannot be had.
bool make_slot(const std::string& root, std::int64_t scratch_mb);

/// What a slot looked like before its call.
struct SlotMark {
  std::uint64_t files = 0;
  unsigned mode = 0;
  timespec changed{};
  timespec modified{};
};
SlotMark mark_slot(const std::string& root);
/// Whether a call has left anything there. To be asked when all its processes are dead.
bool untouched(const std::string& root, const SlotMark& before);

}  // namespace kappa::runner
