// One file a secret, made whole or not at all.
#include "app/secret.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/fd.hpp"

namespace kappa::app {
namespace {

constexpr std::size_t secret_bytes = 32;  // 256 bits: cannot be guessed

Error trouble(const std::filesystem::path& file, const std::string& what) {
  return {Code::unavailable, "secret file '" + file.string() + "': " + what};
}

Result<Nothing> make(const std::filesystem::path& file, Random& random) {
  std::array<std::uint8_t, secret_bytes> bytes{};
  random.fill(bytes);
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  const std::string fresh = file.string() + ".new";
  const Fd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return trouble(file, "cannot be made: " + std::string(std::strerror(errno)));
  const bool written =
      ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || ::fsync(fd.get()) != 0 || std::rename(fresh.c_str(), file.c_str()) != 0) {
    return trouble(file, "cannot be written: " + std::string(std::strerror(errno)));
  }
  return Nothing{};
}

}  // namespace

Result<std::string> load_or_make_secret(const std::filesystem::path& file, Random& random) {
  Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) {
    TRY(make(file, random));
    fd.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  }
  if (!fd) return trouble(file, "cannot be read: " + std::string(std::strerror(errno)));
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && (status.st_mode & 077) != 0) {
    return trouble(file, "others may read it; protect it with: chmod 600 '" + file.string() + "'");
  }
  std::array<char, 2 * secret_bytes> text{};
  if (::read(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return trouble(file, "is cut short; remove it and a new one is made at the next start");
  }
  return std::string(text.data(), text.size());
}

}  // namespace kappa::app
