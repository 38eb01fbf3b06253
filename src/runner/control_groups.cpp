// Everything here is files: /sys/fs/cgroup, and /proc/self/cgroup that says where in it we are.
#include "runner/control_groups.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include "runner/kernel_file.hpp"

namespace kappa::runner {
namespace {

namespace fs = std::filesystem;

// Memory first: version 2 refuses it while processes are in the group. The others it would switch
// on all the same, and then the groups below would not be valid.
constexpr auto needed = {"memory", "pids", "cpu"};
constexpr std::int64_t most_processes = 1 << 22;  // the kernel's PID_MAX_LIMIT: it takes no more
const std::string prefix = "kappa-";
const fs::path root = "/sys/fs/cgroup";

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// False unless the kernel has taken it.
bool set_number(const fs::path& file, std::int64_t number) {
  return write_kernel_file(file, std::to_string(number)) &&
         text_of(file) == std::to_string(number) + "\n";
}

bool has_word(const std::string& text, const std::string& word) {
  std::istringstream words(text);
  for (std::string next; words >> next;) {
    if (next == word) return true;
  }
  return false;
}

/// Where this process is, in the hierarchy of a version 1 controller; in that of version 2 for "".
std::string own_path(const std::string& controller) {
  std::istringstream lines(text_of("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == line.npos) continue;
    std::string controllers = line.substr(first + 1, second - first - 1);
    std::replace(controllers.begin(), controllers.end(), ',', ' ');
    const bool it = controller.empty() ? controllers.empty() : has_word(controllers, controller);
    if (it) return line.substr(second + 1);
  }
  return "";
}

fs::path below(const fs::path& mount, const std::string& path) {
  return path == "/" ? mount : mount / path.substr(1);
}

/// Version 2 wants processes in leaves only: the server goes into one, so that beside it there may
/// be groups with controllers. What a process's own group may not, its parent's owner forbade.
bool open_unified(const fs::path& own, const std::string& controller) {
  if (!has_word(text_of(own / "cgroup.controllers"), controller)) return false;
  const std::string on = "+" + controller;
  if (write_kernel_file(own / "cgroup.subtree_control", on)) return true;
  std::error_code ignored;
  fs::create_directory(own / "kappa-server", ignored);
  return write_kernel_file(own / "kappa-server" / "cgroup.procs", std::to_string(::getpid())) &&
         write_kernel_file(own / "cgroup.subtree_control", on);
}

/// Removes the groups of servers that are gone.
void sweep(const fs::path& own) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(own, ignored)) {
    const std::string name = entry.path().filename();
    pid_t owner = 0;
    if (name.starts_with(prefix))
      std::from_chars(name.data() + prefix.size(), name.data() + name.size(), owner);
    if (owner <= 0 || ::kill(owner, 0) == 0 || errno != ESRCH) continue;
    for (const auto& group : fs::directory_iterator(entry.path(), ignored))
      ::rmdir(group.path().c_str());
    ::rmdir(entry.path().c_str());
  }
}

std::int64_t half_of_memory() { return ::sysconf(_SC_PHYS_PAGES) / 2 * ::sysconf(_SC_PAGE_SIZE); }

/// As much as so many calls may have, and the function itself; but never the whole machine.
std::int64_t memory_for(std::int64_t calls, std::int64_t bytes_of_call) {
  return std::min((calls + 1) * bytes_of_call, half_of_memory());
}

fs::path memory_bound(const fs::path& folder, bool unified) {
  return folder / (unified ? "memory.max" : "memory.limit_in_bytes");
}

}  // namespace

bool ControlGroups::find(const std::string& name) {
  const std::string unified_mount = fs::exists(root / "cgroup.controllers") ? "" : "unified";
  const fs::path unified = below(root / unified_mount, unified_path_);
  const std::string path = own_path(name);
  const bool version_1 = !path.empty();
  const fs::path own = version_1 ? below(root / name, path) : unified;
  if (!version_1 && (!missing_.empty() || !open_unified(own, name))) return false;
  sweep(own);
  const fs::path folder = own / (prefix + std::to_string(::getpid()));
  std::error_code failed;
  fs::create_directory(folder, failed);
  if (failed || (!version_1 && !write_kernel_file(folder / "cgroup.subtree_control", "+" + name))) {
    ::rmdir(folder.c_str());
    return false;
  }
  controllers_.push_back({name, folder, !version_1});
  return true;
}

ControlGroups::ControlGroups() {
  unified_path_ = own_path("");  // before anything here changes it
  if (unified_path_.empty()) unified_path_ = "/";
  for (const std::string name : needed) {
    if (!find(name)) missing_ += (missing_.empty() ? "" : ", ") + name;
  }
  if (missing_.empty() && !bounds_hold()) missing_ = "limits of memory and of processes";
  if (missing_.empty()) return;
  for (const Controller& controller : controllers_) ::rmdir(controller.folder.c_str());
  controllers_.clear();
}

ControlGroups::~ControlGroups() {
  for (int i = 0; i < 100 && !leaving_.empty(); ++i) {  // the processes are dying
    tidy();
    if (!leaving_.empty()) ::usleep(2'000);
  }
  for (const Controller& controller : controllers_) ::rmdir(controller.folder.c_str());
}

Layer ControlGroups::layer() const {
  if (missing_.empty()) return {"control groups", true, ""};
  return {"control groups", false,
          "not to be had: " + missing_ +
              "; a function with many threads takes more of the processors than one with few. "
              "Run Kappa as root, or under systemd with Delegate=yes, alone in its group"};
}

ControlGroups::Folders ControlGroups::make_folders(const std::string& name,
                                                   const Bounds& bounds) const {
  Folders folders;
  for (const Controller& controller : controllers_) {
    const fs::path folder = controller.folder / name;
    std::error_code ignored;
    fs::create_directory(folder, ignored);
    if (std::find(folders.all.begin(), folders.all.end(), folder) == folders.all.end())
      folders.all.push_back(folder);
    if (controller.name == "memory") {
      folders.memory = folder;
      folders.unified = controller.unified;
      folders.bounded &= set_number(memory_bound(folder, controller.unified), bounds.bytes);
    }
    if (controller.name == "pids")
      folders.bounded &= set_number(folder / "pids.max", bounds.processes);
  }
  return folders;
}

bool ControlGroups::bounds_hold() const {
  const Folders probe = make_folders("probe", {64 << 20, 100});
  for (const fs::path& folder : probe.all) ::rmdir(folder.c_str());
  return probe.bounded;
}

std::unique_ptr<ControlGroups::Group> ControlGroups::make(const Terms& terms) {
  if (controllers_.empty()) return nullptr;
  const Limits& limits = terms.walls.limits;
  const std::int64_t bytes_of_call = (limits.memory_mb + limits.scratch_mb) << 20;
  const std::int64_t calls = terms.concurrency + 1;
  const std::int64_t processes = std::min(limits.processes * calls + calls, most_processes);
  Folders folders =
      make_folders(std::to_string(++made_), {memory_for(1, bytes_of_call), processes});
  return std::make_unique<Group>(*this, std::move(folders), bytes_of_call);
}

std::string ControlGroups::Group::add(pid_t pid) const {
  for (const fs::path& folder : folders_.all) {
    const bool added = write_kernel_file(folder / "cgroup.procs", std::to_string(pid));
    if (!added && errno != ESRCH) return folder.string() + ": " + std::strerror(errno);
  }
  return folders_.bounded ? ""
                          : folders_.all.front().string() + ": the kernel does not take its limits";
}

ControlGroups::Group::Group(ControlGroups& in, Folders folders, std::int64_t bytes_of_call)
    : in_(in),
      folders_(std::move(folders)),
      bytes_of_call_(bytes_of_call),
      bytes_(memory_for(1, bytes_of_call)) {}

std::int64_t ControlGroups::Group::memory_used() const {
  const char* file = folders_.unified ? "memory.current" : "memory.usage_in_bytes";
  return number_at(read_kernel_file(folders_.memory / file));
}

bool ControlGroups::Group::give_memory(std::int64_t calls) {
  const std::int64_t bytes = memory_for(calls, bytes_of_call_);
  // Asked first, with some room for what begins meanwhile: version 2 kills until it is below.
  if (memory_used() > bytes / 8 * 7) return false;
  const fs::path bound = memory_bound(folders_.memory, folders_.unified);
  if (!write_kernel_file(bound, std::to_string(bytes))) return false;
  bytes_ = bytes;
  return true;
}

bool ControlGroups::Group::is_short_of_memory() const { return memory_used() > bytes_ / 2; }

void ControlGroups::leave(std::vector<fs::path> folders) {
  const std::scoped_lock lock(mutex_);
  for (auto& folder : folders) leaving_.push_back(std::move(folder));
}

void ControlGroups::tidy() {
  const std::scoped_lock lock(mutex_);
  std::erase_if(leaving_, [](const fs::path& folder) {
    return ::rmdir(folder.c_str()) == 0 || errno != EBUSY;
  });
}

}  // namespace kappa::runner
