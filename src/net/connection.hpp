// One connection's requests, answered in turn.
#pragma once

#include <functional>
#include <string>

#include "net/request_reader.hpp"
#include "net/server.hpp"
#include "net/socket.hpp"
#include "net/tls_identity.hpp"

namespace kappa::net {

/// What all connections of a server share. Only read while it serves.
struct Serving {
  ServerOptions options;
  rpc::HttpHandler handler;
  rpc::BodyRefusal refuses_body;                ///< or nothing: all bodies are read
  std::function<std::string()> new_request_id;  ///< thread-safe
  std::function<bool()> leaving;                ///< each reply is the last one; thread-safe
  std::function<bool()> draining;               ///< nobody is waited for; thread-safe
  int waker = -1;                               ///< readable once it drains
  TlsIdentity* identity = nullptr;              ///< where TLS is spoken
};

/// Agrees on TLS where it is spoken, in the caller's thread; false when the connection is over.
bool begin_connection(Socket& socket, const Serving& serving);

/// Serves the connection to its end, in the caller's thread.
void serve_connection(const Socket& socket, const Serving& serving);

/// Tells a connection that there is no room for it, in the caller's thread.
void turn_away(const Socket& socket, const Serving& serving);

}  // namespace kappa::net
