// The socket calls.
#include "net/address.hpp"

#include <arpa/inet.h>
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
#include <optional>

namespace kappa::net {
namespace {

constexpr std::string_view unix_scheme = "unix:";
constexpr std::string_view http_scheme = "http://";
constexpr std::string_view https_scheme = "https://";
constexpr std::int64_t listen_look_up_ms = 10'000;
constexpr int backlog = 4096;  // the kernel cuts it to net.core.somaxconn

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
    detail +=
        "; another Kappa may be running there: choose another with --listen, or for a module with "
        "--modules.NAME.expose";
  if (reason == EACCES)
    detail +=
        "; a port below 1024 is for root alone: have systemd's kappa.socket hold it "
        "(ListenStream=), or choose another";
  return {Code::unavailable, std::move(detail)};
}

bool connects(int fd, const sockaddr* name, socklen_t size) {
  return ::connect(fd, name, size) == 0;
}

template <class T>
const sockaddr* generic(const T& name) {
  return reinterpret_cast<const sockaddr*>(&name);
}

Result<Fd> listen_unix(const std::string& text, const std::string& path, mode_t mode) {
  const sockaddr_un name = TRY(unix_name(path));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  struct stat status {};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && !S_ISSOCK(status.st_mode))
    return Error{Code::unavailable, "cannot listen on " + text + ": there is a file of that name"};
  // EAGAIN: somebody listens, and is too busy to take it.
  if (there && (connects(probe.get(), generic(name), sizeof name) || errno == EAGAIN))
    return cannot_listen(text, EADDRINUSE);
  if (there) ::unlink(path.c_str());
  ::fchmod(fd.get(), mode);  // what the file begins with; the process's umask may take from it
  if (::bind(fd.get(), generic(name), sizeof name) != 0) return cannot_listen(text, errno);
  if (::chmod(path.c_str(), mode) != 0 || ::listen(fd.get(), backlog) != 0)
    return cannot_listen(text, errno);
  return fd;
}

Result<Fd> listen_tcp(const std::string& text, const Address& address) {
  const Infos infos = TRY(Resolver().look_up(address.host, address.port, after(listen_look_up_ms)));
  const int one = 1;
  Fd fd(::socket(infos->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return cannot_listen(text, errno);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (::bind(fd.get(), infos->ai_addr, infos->ai_addrlen) != 0) return cannot_listen(text, errno);
  if (::listen(fd.get(), backlog) != 0) return cannot_listen(text, errno);
  return fd;
}

/// Connects one socket within the deadline; gives the reason when it cannot.
int connect_one(const Fd& fd, const sockaddr* name, socklen_t size, Deadline deadline) {
  if (!fd) return errno;
  if (connects(fd.get(), name, size)) return 0;
  if (errno != EINPROGRESS) return errno;
  for (;;) {
    pollfd watched{fd.get(), POLLOUT, 0};
    const int ready = ::poll(&watched, 1, ms_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return ETIMEDOUT;
    int reason = 0;
    socklen_t length = sizeof reason;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &reason, &length);
    return reason;
  }
}

/// The time that the first of `count` addresses gets, so that a dead one leaves some for the
/// others.
Deadline share_of(Deadline deadline, std::int64_t count) {
  const auto now = std::chrono::steady_clock::now();
  return now + (deadline - now) / count;
}

bool is_port(const std::string& text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port <= 65535;
}

/// "HOST:PORT" or "[IPV6]:PORT"; without a port `port` when that is not "". Nothing when it is
/// none.
std::optional<Address> host_and_port(const std::string& text, const std::string& port) {
  std::size_t colon = text.rfind(':');
  if (colon != text.npos && text.ends_with(']')) colon = text.npos;  // it is IPv6's own
  const std::string given = colon == text.npos ? port : text.substr(colon + 1);
  std::string host = text.substr(0, colon);
  if (host.empty() || !is_port(given)) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]/@ ?#") != host.npos) {
    return std::nullopt;
  }
  if (host.empty()) return std::nullopt;
  return Address{std::move(host), given, ""};
}

std::size_t scheme_size(std::string_view text) {
  for (const std::string_view scheme : {http_scheme, https_scheme}) {
    if (text.starts_with(scheme)) return scheme.size();
  }
  return 0;
}

}  // namespace

bool is_https(const std::string& text) { return text.starts_with(https_scheme); }

Result<Address> parse_address(const std::string& text) {
  const Error malformed{
      Code::invalid,
      "address '" + text + "': expected HOST:PORT, [IPV6]:PORT, https://HOST:PORT or unix:/PATH"};
  if (text.starts_with(unix_scheme)) {
    if (text.size() == unix_scheme.size()) return malformed;
    return Address{"", "", text.substr(unix_scheme.size())};
  }
  std::string rest = text.substr(scheme_size(text));
  if (rest.ends_with('/')) rest.pop_back();
  auto address = host_and_port(rest, "");
  if (!address) return malformed;
  return *std::move(address);
}

Result<Url> parse_url(const std::string& text) {
  const Error malformed{
      Code::invalid, "url '" + text + "': expected http://HOST:PORT, https://HOST or unix:/PATH"};
  Url url;
  if (text.starts_with(unix_scheme)) {
    url.address = TRY(parse_address(text));
    url.host_field = "localhost";
    return url;
  }
  url.tls = is_https(text);
  const std::string rest = text.substr(scheme_size(text));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  url.base = rest.substr(slash);
  while (url.base.ends_with('/')) url.base.pop_back();
  url.host_field = rest.substr(0, slash);
  const bool has_scheme = rest.size() < text.size();
  auto address = host_and_port(url.host_field, url.tls ? "443" : has_scheme ? "80" : "");
  if (!address || url.base.find_first_of("?# ") != url.base.npos) return malformed;
  url.address = *std::move(address);
  return url;
}

std::string to_text(const Url& url) {
  if (!url.address.unix_path.empty()) return std::string(unix_scheme) + url.address.unix_path;
  return std::string(url.tls ? https_scheme : http_scheme) + url.host_field + url.base;
}

bool is_local(const Address& address) {
  in_addr number{};
  const bool is_number = ::inet_pton(AF_INET, address.host.c_str(), &number) == 1;
  return !address.unix_path.empty() || address.host == "localhost" || address.host == "::1" ||
         (is_number && address.host.starts_with("127."));  // a name may begin so too
}

Result<Fd> listen_on(const std::string& text, mode_t mode) {
  const Address address = TRY(parse_address(text));
  return address.unix_path.empty() ? listen_tcp(text, address)
                                   : listen_unix(text, address.unix_path, mode);
}

std::string address_of(int listening, bool tls) {
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
  return std::string(tls ? https_scheme : http_scheme) + text + ":" + port.data();
}

Result<Socket> connect_to(const Address& address, Deadline deadline, const Resolver& resolver) {
  if (!address.unix_path.empty()) {
    const sockaddr_un name = TRY(unix_name(address.unix_path));
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int reason = connect_one(fd, generic(name), sizeof name, deadline);
    if (reason != 0) return Error{Code::unavailable, std::strerror(reason)};
    return Socket(std::move(fd));
  }
  const Infos infos = TRY(resolver.look_up(address.host, address.port, deadline));
  int reason = ENOENT;
  std::int64_t left = 0;
  for (const addrinfo* at = infos.get(); at != nullptr; at = at->ai_next) ++left;
  for (const addrinfo* at = infos.get(); at != nullptr; at = at->ai_next) {
    Fd fd(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    reason = connect_one(fd, at->ai_addr, at->ai_addrlen, share_of(deadline, left--));
    if (reason != 0) continue;
    const int one = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return Socket(std::move(fd));
  }
  return Error{Code::unavailable, std::strerror(reason)};
}

}  // namespace kappa::net
