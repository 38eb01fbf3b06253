// A new file beside the old one, then renamed over it.
#include "cli/credentials.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/fd.hpp"
#include "rpc/record.hpp"

namespace kappa::cli {

namespace fs = std::filesystem;

fs::path credentials_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && *config == '/') return fs::path(config) / "kappa" / "credentials.json";
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "." : home) / ".config" / "kappa" / "credentials.json";
}

Result<Credentials> load_credentials(const fs::path& file) {
  Credentials credentials;
  std::ifstream in(file, std::ios::binary);
  if (!in) return credentials;
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::read_json(text, credentials, reading);
  if (!faults.empty()) {
    return Error{Code::invalid, "credentials file " + file.string() +
                                    " is damaged: " + faults.front().at + " " + faults.front().why +
                                    "\nRemove it and log in again: kappa login"};
  }
  return credentials;
}

Result<Nothing> save_credentials(const fs::path& file, const Credentials& credentials) {
  const auto trouble = [&](const std::string& why) {
    return Error{Code::unavailable, "credentials cannot be kept in " + file.string() + ": " + why};
  };
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return trouble(error.message());
  fs::permissions(file.parent_path(), fs::perms::owner_all, error);
  const std::string text = rpc::write_json(credentials) + "\n";
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
