// Control groups as the kernel shows them, on machines that have them.
#include "runner/control_groups.hpp"

#include <unistd.h>

#include <fstream>

#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

namespace fs = std::filesystem;

/// This process's groups: for each controller, or for all of them, a folder.
std::vector<fs::path> groups_of_ours() {
  std::vector<fs::path> found;
  std::error_code ignored;
  const std::string ours = "kappa-" + std::to_string(::getpid());
  for (fs::recursive_directory_iterator at("/sys/fs/cgroup", ignored), end; at != end;
       at.increment(ignored)) {
    if (at->path().parent_path().filename() == ours && at->is_directory(ignored))
      found.push_back(at->path());
  }
  return found;
}

std::string text_of(const fs::path& file) {
  std::string text;
  std::getline(std::ifstream(file), text);
  return text;
}

TEST_CASE("where control groups hold, a function's has its limits, and none is left") {
  {
    ControlGroups groups;
    CHECK(groups_of_ours().empty());  // not the one that was to be tried either
    Terms terms;
    terms.concurrency = 1;
    terms.walls.limits.memory_mb = 20;
    terms.walls.limits.scratch_mb = 12;
    terms.walls.limits.processes = 10;
    const auto group = groups.make(terms);
    CHECK(static_cast<bool>(group) == groups.layer().holds);
    int bounds = 0;
    for (const fs::path& folder : groups_of_ours()) {
      for (const char* file : {"memory.max", "memory.limit_in_bytes"})
        bounds += text_of(folder / file) == std::to_string(64 << 20) ? 1 : 0;
      bounds += text_of(folder / "pids.max") == "22" ? 1 : 0;
    }
    CHECK(bounds == (groups.layer().holds ? 2 : 0));
  }
  CHECK(groups_of_ours().empty());
}

}  // namespace
}  // namespace kappa::runner::test
