// The HTTP client: how the command line reaches a server, and a module its remote twin.
#pragma once

#include <string>

#include "rpc/http.hpp"

namespace kappa::net {

struct ClientOptions {
  std::int64_t connect_timeout_ms = 2'000;  ///< name resolution and TLS included
  std::int64_t reply_timeout_ms = 60'000;   ///< for a whole reply, or for each piece of a stream
  std::int64_t total_timeout_ms =
      0;  ///< for all of an exchange but a stream's pieces; 0: no such limit
  std::int64_t reply_bytes = 16 << 20;  ///< a larger reply that is no stream is refused
  std::int64_t kept_connections = 64;   ///< that wait for the next request
  bool leave_with_client = false;       ///< hang up when client_of_this_thread() does
  std::string authorities = {};  ///< a PEM file of whom to trust beside whom the machine trusts
};

/// A transport to a URL as parse_url() has it. Thread-safe; keeps connections that a reply
/// left whole for the next request. Any failure is `unavailable` and says what to do. A request is
/// sent a second time only when a kept connection turned out to be closed before anything of a
/// reply came, and asking twice does no harm. A chunked reply that is no JSON is a stream, whose
/// next() fails when the connection breaks off.
rpc::Transport connect(const std::string& url, const ClientOptions& options);

}  // namespace kappa::net
