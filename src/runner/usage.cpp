// CPU time from each process's clock, which is one system call; the rest from /proc.
#include "runner/usage.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace kappa::runner {
namespace {

std::string contents(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text;
  const ssize_t size = fd ? ::read(fd.get(), text.data(), text.size()) : 0;
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

/// The number after `name` in `text`; -1 when there is none.
std::int64_t number_after(std::string_view text, std::string_view name) {
  std::size_t at = text.find(name);
  if (at == text.npos) return -1;
  at = text.find_first_not_of(" \t", at + name.size());
  std::int64_t number = -1;
  if (at != text.npos) std::from_chars(text.data() + at, text.data() + text.size(), number);
  return number;
}

/// Calls `see` with it and with all that descend from it.
template <class See>
void for_each_of_tree(pid_t pid, See see) {
  if (pid <= 0) return;
  see(pid);
  for (const pid_t child : children_of(pid)) for_each_of_tree(child, see);
}

/// What comes after the name in /proc/PID/stat, which may hold anything: field 3 and the others.
std::string stat_fields(pid_t pid) {
  std::string text = contents("/proc/" + std::to_string(pid) + "/stat");
  text.erase(0, std::min(text.rfind(')'), text.size() - 1) + 1);
  return text;
}

/// A number among them; counted as proc(5) does.
std::int64_t stat_field(std::string_view fields, int field) {
  std::size_t at = 0;
  for (int i = 3; i < field && at != fields.npos; ++i) at = fields.find(' ', at + 1);
  return at == fields.npos ? -1 : number_after(fields.substr(at), "");
}

/// CPU time of its children that have ended, to a hundredth of a second, which is all there is.
TreeTime time_of_waited_for(pid_t pid) {
  const std::string fields = stat_fields(pid);
  const std::int64_t ticks = stat_field(fields, 16) + stat_field(fields, 17);
  const std::int64_t us = ticks > 0 ? ticks * (1'000'000 / ::sysconf(_SC_CLK_TCK)) : 0;
  return {us, stat_field(fields, 11) > 0};  // nobody lives without a page fault
}

}  // namespace

pid_t pid_of(int pidfd) {
  return static_cast<pid_t>(
      number_after(contents("/proc/self/fdinfo/" + std::to_string(pidfd)), "Pid:"));
}

pid_t parent_of(pid_t pid) {
  return pid <= 0 ? -1 : static_cast<pid_t>(stat_field(stat_fields(pid), 4));
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  const std::string id = std::to_string(pid);
  const std::string text = contents("/proc/" + id + "/task/" + id + "/children");
  for (std::size_t at = 0; at < text.size(); ++at) {
    pid_t child = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), child);
    children.push_back(child);
    at = std::min(text.find(' ', at), text.size());
  }
  return children;
}

std::vector<pid_t> tree_of(pid_t root) {
  std::vector<pid_t> tree;
  for_each_of_tree(root, [&](pid_t pid) { tree.push_back(pid); });
  return tree;
}

TreeTime time_of_tree(pid_t root) {
  TreeTime time;
  for_each_of_tree(root, [&](pid_t pid) {
    // The process's own clock counts its threads, those that have ended included.
    const clockid_t clock = static_cast<clockid_t>((~static_cast<unsigned>(pid) << 3) | 2);
    timespec own{};
    if (::clock_gettime(clock, &own) == 0)
      time.cpu_us += own.tv_sec * 1'000'000 + own.tv_nsec / 1000;
    const TreeTime waited_for = time_of_waited_for(pid);
    time.cpu_us += waited_for.cpu_us;
    time.had_others |= waited_for.had_others || pid != root;
  });
  return time;
}

std::int64_t own_memory_kb_of_tree(pid_t root) {
  std::int64_t kb = 0;
  for_each_of_tree(root, [&](pid_t pid) {
    const std::string memory = contents("/proc/" + std::to_string(pid) + "/smaps_rollup");
    kb += std::max<std::int64_t>(number_after(memory, "Private_Dirty:"), 0);
  });
  return kb;
}

std::int64_t memory_kb_of_tree(pid_t root) {
  std::int64_t kb = 0;
  for_each_of_tree(root, [&](pid_t pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    const std::string memory = contents(folder + "/smaps_rollup");
    const std::int64_t anonymous = number_after(memory, "Pss_Anon:");
    if (anonymous >= 0) {
      kb += anonymous + std::max<std::int64_t>(number_after(memory, "Pss_Shmem:"), 0);
    } else {
      const std::string status = contents(folder + "/status");
      kb += std::max<std::int64_t>(number_after(status, "RssAnon:"), 0) +
            std::max<std::int64_t>(number_after(status, "RssShmem:"), 0);
    }
  });
  return kb;
}

PeakMemory peak_memory_of(pid_t pid) {
  const auto status = [](const std::string& process) {
    return contents("/proc/" + process + "/status");
  };
  static const std::int64_t own_code_kb = number_after(status("self"), "VmExe:");
  const std::string text = status(std::to_string(pid));
  const std::int64_t code_kb = number_after(text, "VmExe:");
  return {std::max<std::int64_t>(number_after(text, "VmHWM:"), 0),
          code_kb >= 0 && code_kb != own_code_kb};
}

}  // namespace kappa::runner
