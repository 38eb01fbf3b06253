// Read from /proc: schedstat counts in nanoseconds where stat has clock ticks of 10 ms.
#include "runner/usage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

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

}  // namespace

pid_t pid_of(int pidfd) {
  return static_cast<pid_t>(
      number_after(contents("/proc/self/fdinfo/" + std::to_string(pidfd)), "Pid:"));
}

std::int64_t cpu_us_of(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/task";
  DIR* tasks = ::opendir(folder.c_str());
  if (tasks == nullptr) return 0;
  std::int64_t ns = 0;
  while (const dirent* task = ::readdir(tasks)) {
    if (task->d_name[0] == '.') continue;
    const std::int64_t more =
        number_after(contents(folder + "/" + task->d_name + "/schedstat"), "");
    ns += more > 0 ? more : 0;
  }
  ::closedir(tasks);
  return ns / 1000;
}

std::int64_t peak_memory_kb_of(pid_t pid) {
  const std::int64_t kb =
      number_after(contents("/proc/" + std::to_string(pid) + "/status"), "VmHWM:");
  return kb > 0 ? kb : 0;
}

}  // namespace kappa::runner
