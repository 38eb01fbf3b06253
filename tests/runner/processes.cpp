// From /proc and /sys/fs/cgroup.
#include "runner/processes.hpp"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>

#include "runner/kernel_file.hpp"

namespace kappa::runner::test {

namespace fs = std::filesystem;

pid_t template_of_ours() {
  for (const pid_t child : children_of(::getpid())) {
    std::ifstream command("/proc/" + std::to_string(child) + "/cmdline");
    std::string text;
    std::getline(command, text);
    if (text.find("__zygote") != text.npos) return child;
  }
  return -1;
}

bool is_dead(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(in, text);
  return text.empty() || text.find(") Z ") != text.npos;
}

std::vector<pid_t> processes_named(const std::string& name) {
  std::vector<pid_t> found;
  for (const pid_t pid : tree_of(::getpid())) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/comm");
    std::string comm;
    if (std::getline(in, comm) && comm == name) found.push_back(pid);
  }
  return found;
}

int control_groups() { return static_cast<int>(groups_of_functions().size()); }

std::vector<fs::path> server_groups() {
  std::vector<fs::path> found;
  std::error_code ignored;
  const std::string ours = "kappa-" + std::to_string(::getpid());
  for (fs::recursive_directory_iterator at("/sys/fs/cgroup", ignored), end; at != end;
       at.increment(ignored)) {
    if (at->path().filename() == ours) found.push_back(at->path());
  }
  return found;
}

std::vector<fs::path> groups_of_functions() {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const fs::path& server : server_groups()) {
    for (const auto& entry : fs::directory_iterator(server / "functions", ignored)) {
      if (entry.is_directory(ignored) && entry.path().filename() != "template")
        found.push_back(entry.path());
    }
  }
  return found;
}

fs::path group_of(pid_t pid) {
  for (const fs::path& server : server_groups()) {
    std::error_code gone;  // a group may go meanwhile
    for (fs::recursive_directory_iterator at(server, gone), end; !gone && at != end;
         at.increment(gone)) {
      std::ifstream members(at->path() / "cgroup.procs");
      const std::set<pid_t> pids{std::istream_iterator<pid_t>(members), {}};
      if (!pids.contains(pid)) continue;
      if (fs::exists(at->path() / "cpu.shares") || fs::exists(at->path() / "cpu.weight"))
        return at->path();
    }
  }
  return {};
}

std::int64_t weight_of(pid_t pid) {
  const fs::path group = group_of(pid);
  const std::string shares = read_kernel_file(group / "cpu.shares");
  const std::string weight = read_kernel_file(group / "cpu.weight");
  if (!shares.empty()) return number_at(shares);
  return weight.empty() ? -1 : number_at(weight) * 1024 / 100;
}

}  // namespace kappa::runner::test
