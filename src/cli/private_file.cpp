// A new file beside the old one, then renamed over it.
#include "cli/private_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/fd.hpp"

namespace kappa::cli {

namespace fs = std::filesystem;

fs::path private_file(const std::string& name) {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && *config == '/') return fs::path(config) / "kappa" / name;
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "." : home) / ".config" / "kappa" / name;
}

Result<std::string> read_private(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in && fs::exists(file)) {
    return Error{Code::invalid, "file " + file.string() + " cannot be read: " +
                                    std::strerror(errno) + "; mend its permissions"};
  }
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

Result<Nothing> write_private(const fs::path& file, const std::string& text) {
  const auto trouble = [&](const std::string& why) {
    return Error{Code::unavailable, "file " + file.string() + " cannot be written: " + why};
  };
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return trouble(error.message());
  fs::permissions(file.parent_path(), fs::perms::owner_all, error);
  const std::string fresh = file.string() + "." + std::to_string(::getpid());
  const Fd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  const bool written =
      fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(fd.get()) == 0;
  if (!written || std::rename(fresh.c_str(), file.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    ::unlink(fresh.c_str());
    return trouble(why);
  }
  return Nothing{};
}

}  // namespace kappa::cli
