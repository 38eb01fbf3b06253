// Where to listen or connect: "127.0.0.1:8010", "[::1]:8010", "unix:/run/kappa.sock",
// "https://kappa.example.org/base".
#pragma once

#include <string>

#include "base/fd.hpp"
#include "kappa/core.hpp"
#include "net/resolver.hpp"
#include "net/socket.hpp"

namespace kappa::net {

struct Address {
  std::string host;  ///< without brackets; "" for a Unix socket
  std::string port;
  std::string unix_path;  ///< "" for TCP
};

/// Reads an address to listen on, with or without "http://" or "https://" before it. invalid: it is
/// none; says what was expected.
Result<Address> parse_address(const std::string& text);
/// Whether such an address is one where TLS is spoken.
bool is_https(const std::string& text);

/// Where an API is.
struct Url {
  Address address;
  bool tls = false;
  std::string host_field;  ///< for the Host field
  std::string base;        ///< what goes before every path: "" or "/base"
};

/// Reads "http://HOST[:PORT][/BASE]", the same with https, "unix:/PATH", or an address without a
/// scheme. invalid: it is none; says what was expected.
Result<Url> parse_url(const std::string& text);
/// One text for each URL, always with its scheme: "http://127.0.0.1:8010".
std::string to_text(const Url& url);

/// Whether only this machine can reach it: a Unix socket, 127.0.0.0/8, ::1 or localhost.
bool is_local(const Address& address);

/// A socket that listens. Port 0 takes a free one. A Unix socket's file gets `mode`; one that
/// nobody listens on any more is replaced. unavailable: taken, or not this machine's; says what to
/// do.
Result<Fd> listen_on(const std::string& text, mode_t mode = 0600);
/// Where a listening socket can be reached: "http://127.0.0.1:8010", with TLS "https://...", or
/// "unix:/run/kappa.sock".
std::string address_of(int listening, bool tls = false);

/// Connects, to each of a host's addresses in turn. unavailable: nobody answers there in time.
Result<Socket> connect_to(const Address& address, Deadline deadline, const Resolver& resolver = {});

}  // namespace kappa::net
