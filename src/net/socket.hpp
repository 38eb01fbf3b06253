// A connected socket whose every wait has a deadline, with or without TLS over it.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "base/fd.hpp"
#include "net/tls.hpp"

namespace kappa::net {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline after(std::int64_t ms) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
}

/// What poll() waits until then: milliseconds, rounded up.
int ms_until(Deadline deadline);

enum class Io {
  ok,
  closed,  ///< the peer has ended its side, or the connection is gone
  late,    ///< the deadline has passed
  woken,   ///< the waker became readable first
};

/// Asio's blocking reads ignore SO_RCVTIMEO, so this polls. Used by one thread at a time.
class Socket {
 public:
  explicit Socket(Fd fd) : fd_(std::move(fd)) {}

  /// Agrees on TLS; from then on all that is read and written goes through `session`. closed: the
  /// session's fault() says why. `waker` as wait_readable() has it.
  Io secure(std::unique_ptr<TlsSession> session, Deadline deadline, int waker = -1);
  /// Why secure() failed.
  std::string tls_fault() const { return tls_->fault(); }

  /// Waits until there is something to read, or the end of it, or `waker` (a descriptor, or -1) has
  /// `waking`, as poll() has it.
  Io wait_readable(Deadline deadline, int waker = -1, short waking = POLLIN) const;
  /// Reads as read_some() does, and leaves it there to be read; before any TLS.
  Io peek_some(char* to, std::size_t size, std::size_t& got, Deadline deadline, int waker) const;
  /// Reads at most `size` bytes into `to`; `got` is more than 0 when the answer is ok.
  Io read_some(char* to, std::size_t size, std::size_t& got, Deadline deadline) const;
  /// Writes all of it.
  Io write_all(std::string_view bytes, Deadline deadline) const;
  /// Ends the sending side and takes what still arrives, so that the peer reads our last words
  /// instead of a reset (RFC 9112 9.6): until the peer has closed, or is silent for a while; soon,
  /// once `waker` is readable.
  void linger(int waker) const;
  /// Tells a peer with TLS that this was all, if it can be told at once.
  void say_goodbye() const;
  /// Whether the end that was read is one that the peer meant; without TLS nobody can tell.
  bool ended_properly() const { return !tls_ || tls_->ended(); }
  /// Whether the peer has closed, or sent what nobody asked for.
  bool stale() const;

  int fd() const { return fd_.get(); }

 private:
  /// What wakes a wait beside the socket.
  struct Waker {
    int fd = -1;
    short events = POLLIN;
  };
  Io wait(short what, Deadline deadline, Waker waker) const;
  Io receive(char* to, std::size_t size, std::size_t& got, Deadline deadline, Waker waker,
             int flags = 0) const;
  Io send_all(std::string_view bytes, Deadline deadline) const;
  /// Sends what the TLS session has to say, and gives it what the peer says.
  Io feed_tls(Deadline deadline, Waker waker) const;

  Fd fd_;
  std::unique_ptr<TlsSession> tls_;  // or nothing
};

}  // namespace kappa::net
