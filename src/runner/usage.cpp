// CPU time from each process's clock, which is one system call; the rest from /proc.
#include "runner/usage.hpp"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "runner/kernel_file.hpp"

namespace kappa::runner {
namespace {

/// Calls `see` with it and with all that descend from it.
template <class See>
void for_each_of_tree(pid_t pid, See see) {
  if (pid <= 0) return;
  see(pid);
  for (const pid_t child : children_of(pid)) for_each_of_tree(child, see);
}

/// What comes after the name in the text of /proc/PID/stat, which may hold anything: field 3 and
/// the others.
std::string fields_of(std::string stat) {
  stat.erase(0, std::min(stat.rfind(')'), stat.size() - 1) + 1);
  return stat;
}

/// A number among them; counted as proc(5) does.
std::int64_t stat_field(std::string_view fields, int field) {
  std::size_t at = 0;
  for (int i = 3; i < field && at != fields.npos; ++i) at = fields.find(' ', at + 1);
  return at == fields.npos ? -1 : number_at(fields.substr(at));
}

/// CPU time of its children that have ended, to a hundredth of a second, which is all there is.
std::int64_t time_of_waited_for(std::string_view fields) {
  static const std::int64_t us_per_tick = 1'000'000 / ::sysconf(_SC_CLK_TCK);
  const std::int64_t ticks = stat_field(fields, 16) + stat_field(fields, 17);
  return ticks > 0 ? ticks * us_per_tick : 0;
}

constexpr std::int64_t unsure_us =
    20'000;  // of two numbers, each rounded down to a hundredth of a s

/// Nobody lives without a page fault: those it has waited for had some.
bool has_waited_for_any(std::string_view fields) { return stat_field(fields, 11) > 0; }

/// One whose first thread has ended looks as if it had itself.
bool has_ended(std::string_view fields) {
  if (fields.size() < 2) return true;
  return (fields[1] == 'Z' || fields[1] == 'X') && stat_field(fields, 20) <= 1;
}

std::string folder_of(pid_t pid) { return "/proc/" + std::to_string(pid) + "/"; }

std::vector<pid_t> read_pids(std::string_view text) {
  std::vector<pid_t> pids;
  for (std::size_t at = 0; at < text.size(); ++at) {
    pid_t pid = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), pid);
    pids.push_back(pid);
    at = std::min(text.find(' ', at), text.size());
  }
  return pids;
}

/// Of one of its threads: each tells of those that it has forked itself.
std::string children_file(pid_t thread) { return "task/" + std::to_string(thread) + "/children"; }

/// Than this process's: it has executed one.
bool has_other_program(std::string_view status) {
  static const std::int64_t own_code_kb =
      number_in_line(read_kernel_file("/proc/self/status"), "VmExe");
  return number_in_line(status, "VmExe") != own_code_kb;
}

}  // namespace

std::int64_t processors() {
  static const std::int64_t count = std::max(1U, std::thread::hardware_concurrency());
  return count;
}

std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> threads;
  DIR* folder = ::opendir((folder_of(pid) + "task").c_str());
  if (folder == nullptr) return threads;
  while (const dirent* entry = ::readdir(folder)) {
    const pid_t thread = std::atoi(entry->d_name);
    if (thread > 0) threads.push_back(thread);
  }
  ::closedir(folder);
  return threads;
}

pid_t parent_of(pid_t pid) {
  if (pid <= 0) return -1;
  return static_cast<pid_t>(stat_field(fields_of(read_kernel_file(folder_of(pid) + "stat")), 4));
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t thread : threads_of(pid)) {
    const auto some =
        read_pids(read_whole_kernel_file(open_to_read(folder_of(pid) + children_file(thread))));
    children.insert(children.end(), some.begin(), some.end());
  }
  return children;
}

std::vector<pid_t> living_children_of(pid_t pid) {
  auto children = children_of(pid);
  std::erase_if(children, [](pid_t child) {
    return has_ended(fields_of(read_kernel_file(folder_of(child) + "stat")));
  });
  return children;
}

std::vector<pid_t> tree_of(pid_t root) {
  std::vector<pid_t> tree;
  for_each_of_tree(root, [&](pid_t pid) { tree.push_back(pid); });
  return tree;
}

std::int64_t own_cpu_us(pid_t pid) {
  if (pid <= 0) return 0;
  // The process's own clock.
  const clockid_t clock = static_cast<clockid_t>((~static_cast<unsigned>(pid) << 3) | 2);
  timespec own{};
  if (::clock_gettime(clock, &own) != 0) return 0;
  return own.tv_sec * 1'000'000 + own.tv_nsec / 1000;
}

CpuTold cpu_told_by(pid_t pid) {
  if (pid <= 0) return {};
  const std::string fields = fields_of(read_kernel_file(folder_of(pid) + "stat"));
  return {own_cpu_us(pid) + time_of_waited_for(fields), has_waited_for_any(fields) ? unsure_us : 0};
}

CpuTold cpu_told_by_tree(pid_t root) {
  CpuTold told;
  const auto add = [&](const CpuTold& more) {
    told.cpu_us += more.cpu_us;
    told.unsure_us += more.unsure_us;
  };
  // Children first: who is waited for meanwhile is told of by its parent.
  for (const pid_t child : children_of(root)) add(cpu_told_by_tree(child));
  add(cpu_told_by(root));
  return told;
}

std::int64_t anonymous_memory_kb(pid_t pid) {
  if (pid <= 0) return 0;
  return std::max<std::int64_t>(
      number_in_line(read_kernel_file(folder_of(pid) + "status"), "RssAnon"), 0);
}

std::int64_t own_memory_kb_of_tree(pid_t root) {
  std::int64_t kb = 0;
  for_each_of_tree(root, [&](pid_t pid) {
    const std::string memory = read_kernel_file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    kb += std::max<std::int64_t>(number_in_line(memory, "Private_Dirty"), 0);
  });
  return kb;
}

std::int64_t memory_kb_of_tree(pid_t root, std::int64_t text_kb) {
  std::int64_t kb = 0;
  for_each_of_tree(root, [&](pid_t pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    const std::string memory = read_kernel_file(folder + "/smaps_rollup");
    const std::int64_t anonymous = number_in_line(memory, "Pss_Anon");
    if (anonymous >= 0) {
      kb += anonymous + std::max<std::int64_t>(number_in_line(memory, "Pss_Shmem"), 0);
    } else {
      const std::string status = read_kernel_file(folder + "/status");
      const std::int64_t shared = has_other_program(status) ? 0 : text_kb;
      kb += std::max<std::int64_t>(number_in_line(status, "RssAnon") - shared, 0) +
            std::max<std::int64_t>(number_in_line(status, "RssShmem"), 0);
    }
  });
  return kb;
}

std::string Meter::read(Fd& file, const std::string& name) const {
  if (!file && pid_ > 0) file = open_to_read(folder_of(pid_) + name);
  return read_kernel_file(file);
}

Use Meter::look() {
  const auto now = std::chrono::steady_clock::now();
  const std::string stat = fields_of(read(stat_, "stat"));
  seen_.cpu_us = own_cpu_us(pid_) + time_of_waited_for(stat);
  if (!children_ && pid_ > 0) children_ = open_to_read(folder_of(pid_) + children_file(pid_));
  const bool one_thread = stat_field(stat, 20) == 1;
  const auto children =
      one_thread ? read_pids(read_whole_kernel_file(children_)) : children_of(pid_);
  seen_.others = 0;
  const std::int64_t self_us = seen_.cpu_us;
  std::int64_t others_us = 0;
  const auto add = [&](pid_t pid, bool own) {
    ++seen_.others;
    const std::string fields = fields_of(read_kernel_file(folder_of(pid) + "stat"));
    const std::int64_t told_us = own_cpu_us(pid) + time_of_waited_for(fields);
    seen_.cpu_us += told_us;
    // As the first of its namespace it will have waited for those of its own that ended before.
    if (!own || !has_ended(fields)) others_us += told_us;
  };
  for (const pid_t child : children)
    for_each_of_tree(child, [&](pid_t pid) { add(pid, pid == child); });
  if (!has_ended(stat)) {  // else they ended before it, or with it
    looked_at_ = now;
    self_us_ = self_us;
    others_us_ = others_us;
  }
  seen_.had_others = seen_.others > 0 || has_waited_for_any(stat);
  // Memory comes with page faults alone, and so does another program: without a new one the file
  // that tells of them, which takes the kernel longest to write, has nothing new. Memory goes
  // without one, which matters where its most was counted anew.
  const Signs signs{stat_field(stat, 10) + stat_field(stat, 12), stat_field(stat, 24)};
  if (!(std::exchange(signs_, signs) == signs)) see_memory();
  return seen_;
}

void Meter::end(std::int64_t cpu_us) {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - looked_at_);
  const std::int64_t by_itself = since.count() * processors();
  const std::int64_t by_others = std::max<std::int64_t>(cpu_us - self_us_ - by_itself, 0);
  others_us_ = std::max<std::int64_t>(others_us_ - by_others, 0);
}

std::int64_t Meter::end_others() {
  if (seen_.others > 0) look();  // they may have used more since
  return std::exchange(others_us_, 0);
}

void Meter::begin() {
  if (!clear_refs_ && pid_ > 0) clear_refs_ = open_to_write(folder_of(pid_) + "clear_refs");
  write_kernel_file(clear_refs_, "5");
  if (has_shrunk_) signs_ = {};
}

void Meter::see_memory() {
  const std::string status = read(status_, "status");
  seen_.peak_memory_kb = std::max<std::int64_t>(number_in_line(status, "VmHWM"), 0);
  has_shrunk_ = number_in_line(status, "VmRSS") < seen_.peak_memory_kb;
  if (number_in_line(status, "VmExe") >= 0) seen_.other_program = has_other_program(status);
}

}  // namespace kappa::runner
