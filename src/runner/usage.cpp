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

/// CPU time of its children that have ended; to a hundredth of a second, which is all there is.
std::int64_t cpu_us_of_waited_for(pid_t pid) {
  const std::string text = contents("/proc/" + std::to_string(pid) + "/stat");
  std::size_t at = text.rfind(')');  // its name may hold anything
  for (int field = 2; field < 16 && at != text.npos; ++field) at = text.find(' ', at + 1);
  std::int64_t user = 0;
  std::int64_t system = 0;
  if (at == text.npos) return 0;
  const char* end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data() + at + 1, end, user);
  if (error == std::errc()) std::from_chars(std::min(after + 1, end), end, system);
  return (user + system) * (1'000'000 / ::sysconf(_SC_CLK_TCK));
}

}  // namespace

pid_t pid_of(int pidfd) {
  return static_cast<pid_t>(
      number_after(contents("/proc/self/fdinfo/" + std::to_string(pidfd)), "Pid:"));
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

std::int64_t cpu_us_of_tree(pid_t root) {
  std::int64_t us = 0;
  for_each_of_tree(root, [&](pid_t pid) {
    // The process's own clock counts its threads, those that have ended included.
    const clockid_t clock = static_cast<clockid_t>((~static_cast<unsigned>(pid) << 3) | 2);
    timespec time{};
    if (::clock_gettime(clock, &time) == 0) us += time.tv_sec * 1'000'000 + time.tv_nsec / 1000;
    us += cpu_us_of_waited_for(pid);
  });
  return us;
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

std::int64_t peak_memory_kb_of(pid_t pid) {
  const std::int64_t kb =
      number_after(contents("/proc/" + std::to_string(pid) + "/status"), "VmHWM:");
  return kb > 0 ? kb : 0;
}

}  // namespace kappa::runner
