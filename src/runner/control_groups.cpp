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

#include "base/log.hpp"
#include "runner/kernel_file.hpp"
#include "runner/usage.hpp"

namespace kappa::runner {
namespace {

namespace fs = std::filesystem;

// Memory first: version 2 refuses it while processes are in the group. The others it would switch
// on all the same, and then the groups below would not be valid.
constexpr auto needed = {"memory", "pids", "cpuacct", "cpu"};  // see cpu()
const std::string usage_of_version_1 = "cpuacct";              // version 2 tells it in every group
constexpr std::int64_t most_processes = 1 << 22;  // the kernel's PID_MAX_LIMIT: it takes no more
const std::string prefix = "kappa-";
// kappa-PID/server, kappa-PID/functions/1 and so on, kappa-PID/functions/template
const std::string server_name = "server";
const std::string functions_name = "functions";
const std::string template_name = "template";

// Of version 1, where a group has 1024 at first; in version 2 it has 100.
constexpr std::int64_t usual_weight = 1024;
constexpr std::int64_t server_weight = 2 * usual_weight;  // eight did no more for others
constexpr std::int64_t weight_of_all = 2 * usual_weight;  // as the server and functions had apart
constexpr std::int64_t weight_at_rest = 2;                // the least that the kernel takes
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

bool move_here(const fs::path& group, pid_t pid) {
  return write_kernel_file(group / "cgroup.procs", std::to_string(pid));
}

bool set_weight(const fs::path& group, bool unified, std::int64_t weight) {
  const std::int64_t of_100 = std::max<std::int64_t>(weight * 100 / usual_weight, 1);
  return unified ? write_kernel_file(group / "cpu.weight", std::to_string(of_100))
                 : write_kernel_file(group / "cpu.shares", std::to_string(weight));
}

fs::path folder_in(const fs::path& own) { return own / (prefix + std::to_string(::getpid())); }

/// Version 2 wants processes in leaves only: the server goes into one, so that beside it there may
/// be groups with controllers. What a process's own group may not, its parent's owner forbade.
bool open_unified(const fs::path& own, const std::string& controller) {
  const std::string offered = text_of(own / "cgroup.controllers");
  // All or none: with one of them on, the server could not go back.
  for (const std::string name : needed) {
    if (name != usage_of_version_1 && own_path(name).empty() && !has_word(offered, name))
      return false;
  }
  const std::string on = "+" + controller;
  if (write_kernel_file(own / "cgroup.subtree_control", on)) return true;
  const fs::path server = folder_in(own) / server_name;
  std::error_code ignored;
  fs::create_directories(server, ignored);
  if (move_here(server, ::getpid()) && write_kernel_file(own / "cgroup.subtree_control", on))
    return true;
  move_here(own, ::getpid());
  for (const fs::path& group : {server, server.parent_path()}) ::rmdir(group.c_str());
  return false;
}

/// But for groups that processes are in.
void remove_with_all_below(const fs::path& group) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(group, ignored)) {
    if (entry.is_directory(ignored)) remove_with_all_below(entry.path());
  }
  ::rmdir(group.c_str());
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
    remove_with_all_below(entry.path());
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
  if (!version_1 && name == usage_of_version_1) return own_path("cpu").empty();
  std::error_code failed;
  // Of version 1 two may be in one folder, which then has two names.
  const fs::path mount = version_1 ? fs::canonical(root / name, failed) : root;
  if (failed) return false;
  const fs::path own = version_1 ? below(mount, path) : unified;
  const fs::path all = folder_in(own);
  const bool first = version_1 || std::none_of(controllers_.begin(), controllers_.end(),
                                               [](const Controller& c) { return c.unified; });
  if (first) remove_with_all_below(all);  // of an earlier server that had this number
  if (!version_1 && (!missing_.empty() || !open_unified(own, name))) return false;
  sweep(own);
  const fs::path functions = all / functions_name;
  fs::create_directory(all, failed);  // within what is there: else it is not where this process is
  if (!failed) fs::create_directory(functions, failed);
  const auto switch_on = [&](const fs::path& in) {
    return version_1 || write_kernel_file(in / "cgroup.subtree_control", "+" + name);
  };
  if (failed || !switch_on(all) || !switch_on(functions)) {
    remove_with_all_below(all);
    return false;
  }
  controllers_.push_back({name, functions, !version_1});
  return true;
}

ControlGroups::ControlGroups() : shares_(static_cast<int>(processors())) {
  unified_path_ = own_path("");  // before anything here changes it
  if (unified_path_.empty()) unified_path_ = "/";
  for (const std::string name : needed) {
    if (!find(name)) missing_ += (missing_.empty() ? "" : ", ") + name;
  }
  if (missing_.empty() && !bounds_hold()) missing_ = "limits of memory and of processes";
  if (missing_.empty()) {
    enter();
  } else {
    remove();
    controllers_.clear();
  }
}

/// Not a wall: where the kernel refuses it the server waits for its turn as functions do.
void ControlGroups::enter() {
  const fs::path& functions = cpu().folder;
  const fs::path all = functions.parent_path();
  const fs::path server = all / server_name;
  std::error_code ignored;
  for (const fs::path& group : {server, functions / template_name})
    fs::create_directory(group, ignored);
  set_weight(all, cpu().unified, weight_of_all);
  set_weight(server, cpu().unified, server_weight);
  move_here(server, ::getpid());
}

void ControlGroups::add_template(pid_t pid) const {
  if (controllers_.empty() || move_here(cpu().folder / template_name, pid)) return;
  log::warning("functions are made at the server's share of the processors",
               {{"group", (cpu().folder / template_name).string()},
                {"reason", std::strerror(errno)},
                {"pid", std::int64_t{pid}}});
}

/// In version 2 the server stays where it is, for it may be nowhere else, and whoever gave it its
/// group removes that.
void ControlGroups::remove() const {
  for (const Controller& controller : controllers_) {
    const fs::path all = controller.folder.parent_path();
    if (fs::exists(all / server_name)) move_here(all.parent_path(), ::getpid());
    remove_with_all_below(all);
  }
}

ControlGroups::~ControlGroups() {
  if (!controllers_.empty()) leave({cpu().folder / template_name});
  for (int i = 0; i < 100 && !leaving_.empty(); ++i) {  // the processes are dying
    tidy();
    if (!leaving_.empty()) ::usleep(2'000);
  }
  remove();
}

Layer ControlGroups::layer() const {
  if (missing_.empty()) return {"control groups", true, ""};
  return {"control groups", false,
          "not to be had: " + missing_ +
              "; a function with many threads takes more of the processors than one with few, and "
              "can hide the CPU time of processes that it does not wait for. "
              "Run Kappa as root, or under systemd with Delegate=yes, alone in its group"};
}

ControlGroups::Folders ControlGroups::make_folders(const std::string& name,
                                                   const Bounds& bounds) const {
  Folders folders;
  for (const Controller& controller : controllers_) {
    const fs::path folder = controller.folder / name;
    std::error_code ignored;
    fs::create_directory(folder, ignored);
    folders.bounded &= fs::exists(folder / "cgroup.procs");
    if (std::find(folders.all.begin(), folders.all.end(), folder) == folders.all.end())
      folders.all.push_back(folder);
    if (controller.name == "memory") {
      folders.memory = folder;
      folders.unified = controller.unified;
      folders.bounded &= set_number(memory_bound(folder, controller.unified), bounds.bytes);
    }
    if (controller.name == usage_of_version_1) folders.usage = folder / "cpuacct.usage";
    if (controller.name == "cpu") folders.cpu = folder;
    if (controller.name == "cpu" && controller.unified) folders.usage = folder / "cpu.stat";
    if (controller.name == "pids")
      folders.bounded &= set_number(folder / "pids.max", bounds.processes);
  }
  folders.bounded &= fs::exists(folders.usage);
  return folders;
}

bool ControlGroups::bounds_hold() const {
  const Folders probe = make_folders("probe", {64 << 20, 100});
  for (const fs::path& folder : probe.all) ::rmdir(folder.c_str());
  return probe.bounded;
}

/// Not that of a group that could not be removed.
std::string ControlGroups::new_name() {
  std::string name;
  do {
    name = std::to_string(++made_);
  } while (std::any_of(controllers_.begin(), controllers_.end(),
                       [&](const Controller& c) { return fs::exists(c.folder / name); }));
  return name;
}

std::unique_ptr<ControlGroups::Group> ControlGroups::make(const Terms& terms) {
  if (controllers_.empty()) return nullptr;
  const Limits& limits = terms.walls.limits;
  const std::int64_t bytes_of_call = (limits.memory_mb + limits.scratch_mb) << 20;
  const std::int64_t calls = terms.concurrency + 1;
  const std::int64_t processes = std::min(limits.processes * calls + calls, most_processes);
  Folders folders = make_folders(new_name(), {memory_for(1, bytes_of_call), processes});
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
      usage_(open_to_read(folders_.usage)),
      bytes_of_call_(bytes_of_call),
      bytes_(memory_for(1, bytes_of_call)),
      share_(in.shares_),
      weight_(usual_weight) {}

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

std::int64_t ControlGroups::Group::cpu_us() const {
  constexpr std::string_view label = "usage_usec";  // it is in the first line
  const std::string text = read_kernel_file(usage_);
  if (text.starts_with(label)) return number_at(std::string_view(text).substr(label.size()));
  const std::int64_t ns = number_at(text);
  return ns < 0 ? -1 : ns / 1000;
}

void ControlGroups::Group::give_weight(std::int64_t weight) {
  if (weight != weight_ && set_weight(folders_.cpu, folders_.unified, weight)) weight_ = weight;
}

void ControlGroups::Group::share(std::int64_t owner) {
  const std::scoped_lock lock(weight_mutex_);
  const std::int64_t before_us = shared_us_.value_or(cpu_us());
  shared_us_ = std::max(cpu_us(), before_us);
  const double part =
      share_.spend(owner, *shared_us_ - before_us, std::chrono::steady_clock::now());
  give_weight(static_cast<std::int64_t>(usual_weight * part));
}

void ControlGroups::Group::rest() {
  const std::scoped_lock lock(weight_mutex_);
  give_weight(weight_at_rest);
}

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
