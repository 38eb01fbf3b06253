// Names are looked up by getaddrinfo; everything else is the socket calls.
#include "net/address.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace kappa::net {
namespace {

constexpr int backlog = 4096;  // the kernel cuts it to net.core.somaxconn

struct FreeInfo {
  void operator()(addrinfo* info) const { ::freeaddrinfo(info); }
};
using Infos = std::unique_ptr<addrinfo, FreeInfo>;

Result<Infos> look_up(const Address& address, bool to_listen) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (to_listen ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (failed != 0)
    return Error{Code::unavailable, "host '" + address.host + "': " + ::gai_strerror(failed)};
  return Infos(found);
}

Result<sockaddr_un> unix_name(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) {
    return Error{Code::invalid,
                 "socket path '" + path + "' is longer than the system allows, 107 bytes"};
  }
  std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
  return name;
}

Error cannot_listen(const std::string& text, int reason) {
  std::string detail = "cannot listen on " + text + ": " + std::strerror(reason);
  if (reason == EADDRINUSE)
    detail += "; another Kappa may be running there: choose another with --listen";
  return {Code::unavailable, std::move(detail)};
}

bool connects(int fd, const sockaddr* name, socklen_t size) {
  return ::connect(fd, name, size) == 0;
}

template <class T>
const sockaddr* generic(const T& name) {
  return reinterpret_cast<const sockaddr*>(&name);
}

Result<Fd> listen_unix(const std::string& text, const std::string& path) {
  const sockaddr_un name = TRY(unix_name(path));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct stat status {};
  const bool socket_there = ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
  if (socket_there && connects(probe.get(), generic(name), sizeof name))
    return cannot_listen(text, EADDRINUSE);
  if (socket_there) ::unlink(path.c_str());
  const mode_t before = ::umask(0177);  // the socket's file is private from its first moment
  const int bound = ::bind(fd.get(), generic(name), sizeof name);
  const int reason = errno;
  ::umask(before);
  if (bound != 0) return cannot_listen(text, reason);
  if (::listen(fd.get(), backlog) != 0) return cannot_listen(text, errno);
  return fd;
}

Result<Fd> listen_tcp(const std::string& text, const Address& address) {
  const Infos infos = TRY(look_up(address, true));
  const int one = 1;
  Fd fd(::socket(infos->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (::bind(fd.get(), infos->ai_addr, infos->ai_addrlen) != 0) return cannot_listen(text, errno);
  if (::listen(fd.get(), backlog) != 0) return cannot_listen(text, errno);
  return fd;
}

/// Connects one socket within the deadline; gives the reason when it cannot.
int connect_one(const Fd& fd, const sockaddr* name, socklen_t size, Deadline deadline) {
  if (connects(fd.get(), name, size)) return 0;
  if (errno != EINPROGRESS) return errno;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
          .count();
  pollfd watched{fd.get(), POLLOUT, 0};
  if (::poll(&watched, 1, left < 0 ? 0 : static_cast<int>(left)) <= 0) return ETIMEDOUT;
  int reason = 0;
  socklen_t length = sizeof reason;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &reason, &length);
  return reason;
}

bool is_port(const std::string& text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port <= 65535;
}

}  // namespace

Result<Address> parse_address(const std::string& text) {
  const Error malformed{Code::invalid,
                        "address '" + text + "': expected HOST:PORT, [IPV6]:PORT or unix:/PATH"};
  constexpr std::string_view unix_scheme = "unix:";
  if (text.starts_with(unix_scheme)) {
    if (text.size() == unix_scheme.size()) return malformed;
    return Address{"", "", text.substr(unix_scheme.size())};
  }
  std::string rest = text.starts_with("http://") ? text.substr(7) : text;
  if (rest.ends_with('/')) rest.pop_back();
  const std::size_t colon = rest.rfind(':');
  if (colon == rest.npos || colon == 0 || !is_port(rest.substr(colon + 1))) return malformed;
  std::string host = rest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]/@ ") != host.npos) {
    return malformed;
  }
  return Address{std::move(host), rest.substr(colon + 1), ""};
}

bool is_local(const Address& address) {
  return !address.unix_path.empty() || address.host == "localhost" || address.host == "::1" ||
         address.host.starts_with("127.");
}

Result<Fd> listen_on(const std::string& text) {
  const Address address = TRY(parse_address(text));
  return address.unix_path.empty() ? listen_tcp(text, address)
                                   : listen_unix(text, address.unix_path);
}

std::string address_of(int listening) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  ::getsockname(listening, reinterpret_cast<sockaddr*>(&name), &size);
  if (name.ss_family == AF_UNIX)
    return std::string("unix:") + reinterpret_cast<const sockaddr_un*>(&name)->sun_path;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(generic(name), size, host.data(), host.size(), port.data(), port.size(),
                NI_NUMERICHOST | NI_NUMERICSERV);
  const std::string text =
      name.ss_family == AF_INET6 ? "[" + std::string(host.data()) + "]" : std::string(host.data());
  return "http://" + text + ":" + port.data();
}

Result<Socket> connect_to(const Address& address, Deadline deadline) {
  if (!address.unix_path.empty()) {
    const sockaddr_un name = TRY(unix_name(address.unix_path));
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int reason = connect_one(fd, generic(name), sizeof name, deadline);
    if (reason != 0) return Error{Code::unavailable, std::strerror(reason)};
    return Socket(std::move(fd));
  }
  const Infos infos = TRY(look_up(address, false));
  int reason = ENOENT;
  for (const addrinfo* at = infos.get(); at != nullptr; at = at->ai_next) {
    Fd fd(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    reason = connect_one(fd, at->ai_addr, at->ai_addrlen, deadline);
    if (reason != 0) continue;
    const int one = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return Socket(std::move(fd));
  }
  return Error{Code::unavailable, std::strerror(reason)};
}

}  // namespace kappa::net
