// The kernel's own numbers (Documentation/userspace-api/landlock.rst): Debian 12's header ends at
// the second version of the interface.
#include "runner/landlock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "base/fd.hpp"
#include "runner/must.hpp"

namespace kappa::runner {
namespace {

struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t tcp = 0;     // since version 4
  std::uint64_t scoped = 0;  // since version 6
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed = 0;
  std::int32_t folder = -1;
};
constexpr int path_beneath = 1;
constexpr std::uint32_t ask_version = 1;

constexpr std::uint64_t execute = 1 << 0, write_file = 1 << 1, read_file = 1 << 2,
                        read_dir = 1 << 3, truncate = 1 << 14, ioctl_dev = 1 << 15;
constexpr std::uint64_t bind_and_connect_tcp = 3;
constexpr std::uint64_t abstract_sockets_and_signals = 3;
constexpr std::uint64_t of_files = execute | write_file | read_file | truncate | ioctl_dev;

using Paths = std::vector<const char*>;
const Paths devices_of_tree = {"/dev"};
const Paths devices_of_machine = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                  "/dev/urandom"};
const Paths settings_of_tree = {"/etc", "/proc"};
/// Of the machine's own /etc: what tells nothing of it.
const Paths settings_of_machine = {"/etc/ld.so.cache",  "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
                                   "/etc/alternatives", "/etc/localtime", "/etc/nsswitch.conf",
                                   "/etc/mime.types"};

/// All rights over files that a version knows of.
std::uint64_t rights(long version) {
  constexpr std::array<int, 6> known = {0, 13, 14, 15, 15, 16};
  return (1ULL << known[static_cast<std::size_t>(std::min(version, 5L))]) - 1;
}

void allow(const Fd& ruleset, const char* path, std::uint64_t wanted) {
  const Fd at(::open(path, O_PATH | O_CLOEXEC));
  if (!at) return;  // not on this machine
  struct stat kind {};
  ::fstat(at.get(), &kind);
  if (!S_ISDIR(kind.st_mode)) wanted &= of_files;
  const PathBeneath rule{wanted, at.get()};
  must(::syscall(SYS_landlock_add_rule, ruleset.get(), path_beneath, &rule, 0) == 0, path);
}

}  // namespace

bool restrict_files(const FileRules& rules) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
  if (version < 1) return false;
  const std::uint64_t all = rights(version);
  RulesetAttributes attributes{all, version >= 4 && !rules.network ? bind_and_connect_tcp : 0,
                               version >= 6 ? abstract_sockets_and_signals : 0};
  const std::size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const Fd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
  must(static_cast<bool>(ruleset), "Landlock ruleset");
  const std::uint64_t read = read_file | read_dir;
  for (const char* path : {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"})
    allow(ruleset, path, (read | execute) & all);
  const auto devices = rules.own_tree ? devices_of_tree : devices_of_machine;
  for (const char* path : devices) allow(ruleset, path, (read | write_file | ioctl_dev) & all);
  for (const char* path : rules.own_tree ? settings_of_tree : settings_of_machine)
    allow(ruleset, path, read & all);
  if (rules.own_tree) allow(ruleset, "/tmp", all);
  allow(ruleset, rules.scratch.c_str(), all);
  must(::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0, "Landlock");
  return true;
}

}  // namespace kappa::runner
