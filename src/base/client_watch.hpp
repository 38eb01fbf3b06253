// Who waits for what a thread does, so that it can stop when nobody does any more.
#pragma once

namespace kappa {

/// While it lives, the thread that made it works for whoever is at the other end of this socket.
/// They nest.
class ClientScope {
 public:
  explicit ClientScope(int socket);
  ClientScope(const ClientScope&) = delete;
  ClientScope& operator=(const ClientScope&) = delete;
  ~ClientScope();

 private:
  int before_;
};

/// The socket of whoever this thread works for; -1 when it works for nobody outside.
int client_of_this_thread();

/// Whether whoever is there has hung up: also when it can still be written to, for a client that
/// waits for an answer keeps its side open. False for -1.
bool has_left(int socket);

}  // namespace kappa
