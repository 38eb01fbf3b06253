// Listening sockets that outlive the program: whoever started it holds them, as systemd does for a
// .socket unit, and gives them to its successor too (sd_listen_fds(3)).
#pragma once

#include <string>
#include <vector>

#include "base/fd.hpp"
#include "kappa/core.hpp"

namespace kappa::net {

/// Those that this process was started with, until a listener takes them. Used by one thread.
class GivenSockets {
 public:
  /// None.
  GivenSockets() = default;
  /// What LISTEN_PID and LISTEN_FDS give to this process; they are unset, and the descriptors
  /// closed on exec, so that no child takes them for its own. Call it before any thread is started.
  /// invalid: what they name is no listening stream socket.
  static Result<GivenSockets> from_environment();

  /// Gives the one that listens at an address as listen_on() has it; an empty descriptor when there
  /// is none. unavailable: the address cannot be looked up.
  Result<Fd> take(const std::string& address);
  /// Where the others listen: "http://127.0.0.1:8010".
  std::vector<std::string> left() const;

 private:
  std::vector<Fd> sockets_;
};

}  // namespace kappa::net
