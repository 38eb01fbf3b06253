// open() and read(): a stream would take a folder for an empty file, or throw.
#include "base/read_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/fd.hpp"

namespace kappa {
Result<std::string> read_to_end(int fd) {
  std::string text;
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{Code::invalid, std::strerror(errno)};
    if (got == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > most_read_mib << 20) {
      return Error{Code::invalid, "it is larger than " + std::to_string(most_read_mib) + " MiB"};
    }
  }
}

Result<std::string> read_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return Error{errno == ENOENT ? Code::not_found : Code::invalid, std::strerror(errno)};
  return read_to_end(fd.get());
}

}  // namespace kappa
