// The protocol is two environment variables, and descriptors from 3 on.
#include "net/given_sockets.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "net/address.hpp"

namespace kappa::net {
namespace {

namespace fs = std::filesystem;

constexpr int first_given = 3;  // SD_LISTEN_FDS_START
constexpr std::int64_t look_up_ms = 10'000;

/// A variable's number, or 0 when it has none; it is gone afterwards.
int taken_number(const char* name) {
  int number = 0;
  if (const char* text = ::getenv(name)) {
    const std::string_view digits(text);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    ::unsetenv(name);
  }
  return number;
}

bool listens(int fd) {
  int yes = 0;
  int type = 0;
  socklen_t size = sizeof yes;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes != 0 &&
         ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

struct Name {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  explicit Name(int fd) { ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size); }
  bool is(const addrinfo& other) const {
    return size == other.ai_addrlen && std::memcmp(&storage, other.ai_addr, size) == 0;
  }
  bool is(const fs::path& path) const {
    if (storage.ss_family != AF_UNIX) return false;
    const fs::path own = reinterpret_cast<const sockaddr_un*>(&storage)->sun_path;
    std::error_code ignored;
    return fs::weakly_canonical(own, ignored) == fs::weakly_canonical(path, ignored);
  }
};

}  // namespace

Result<GivenSockets> GivenSockets::from_environment() {
  const bool ours = taken_number("LISTEN_PID") == ::getpid();
  const int count = taken_number("LISTEN_FDS");
  ::unsetenv("LISTEN_FDNAMES");
  GivenSockets given;
  for (int fd = first_given; ours && fd < first_given + count; ++fd) {
    if (!listens(fd)) {
      return Error{Code::invalid, "LISTEN_FDS gives " + std::to_string(count) +
                                      " sockets, but descriptor " + std::to_string(fd) +
                                      " is no stream socket that listens; a .socket unit needs "
                                      "ListenStream= and Accept=no"};
    }
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    given.sockets_.emplace_back(fd);
  }
  return given;
}

Result<Fd> GivenSockets::take(const std::string& text) {
  if (sockets_.empty()) return Fd();
  const Address address = TRY(parse_address(text));
  const auto take_if = [&](const auto& fits) {
    const auto at = std::find_if(sockets_.begin(), sockets_.end(), fits);
    if (at == sockets_.end()) return Fd();
    Fd taken = std::move(*at);
    sockets_.erase(at);
    return taken;
  };
  if (!address.unix_path.empty())
    return take_if([&](const Fd& fd) { return Name(fd.get()).is(fs::path(address.unix_path)); });
  const Infos infos = TRY(Resolver().look_up(address.host, address.port, after(look_up_ms)));
  return take_if([&](const Fd& fd) {
    const Name name(fd.get());
    for (const addrinfo* at = infos.get(); at != nullptr; at = at->ai_next) {
      if (name.is(*at)) return true;
    }
    return false;
  });
}

std::vector<std::string> GivenSockets::left() const {
  std::vector<std::string> addresses;
  for (const Fd& fd : sockets_) addresses.push_back(address_of(fd.get()));
  return addresses;
}

}  // namespace kappa::net
