// A new file beside the old one, then renamed over it.
#include "cli/private_file.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/read_file.hpp"

namespace kappa::cli {

namespace fs = std::filesystem;

namespace {

Trouble not_written(const fs::path& file, const std::string& why) {
  return Trouble::here("file " + file.string() + " cannot be written", why,
                       "mend the folder's permissions, or set XDG_CONFIG_HOME to another");
}

fs::path home() {
  const char* given = std::getenv("HOME");
  if (given != nullptr && *given == '/') return given;
  const passwd* user = ::getpwuid(::getuid());  // one thread: nobody else asks
  return user == nullptr ? "/" : user->pw_dir;
}

}  // namespace

fs::path private_file(const std::string& name) {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && *config == '/') return fs::path(config) / "kappa" / name;
  return home() / ".config" / "kappa" / name;
}

Tried<PrivateLock> PrivateLock::take() {
  const fs::path file = private_file("lock");
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return not_written(file, error.message());
  fs::permissions(file.parent_path(), fs::perms::owner_all, error);
  Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd || ::flock(fd.get(), LOCK_EX) != 0) return not_written(file, std::strerror(errno));
  return PrivateLock(std::move(fd));
}

Tried<std::string> read_private(const std::string& name) {
  const fs::path file = private_file(name);
  auto text = read_file(file);
  if (!text && text.error().code == Code::not_found) return std::string();
  if (text) return *std::move(text);
  return Trouble::misuse("file " + file.string() + " cannot be read", text.error().detail,
                         "mend its permissions, or set XDG_CONFIG_HOME to another folder");
}

Tried<Nothing> write_private(const std::string& name, const std::string& text) {
  const fs::path file = private_file(name);
  const std::string fresh = file.string() + ".new";  // whoever writes it holds the lock
  const Fd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  errno = fd ? ENOSPC : errno;  // what a short write means
  const bool written =
      fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(fd.get()) == 0 && std::rename(fresh.c_str(), file.c_str()) == 0;
  if (written) return Nothing{};
  const std::string why = std::strerror(errno);
  ::unlink(fresh.c_str());
  return not_written(file, why);
}

}  // namespace kappa::cli
