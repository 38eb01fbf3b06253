// How the server and its functions' processes talk: framed messages with descriptors, over Unix
// sockets.
//
// A frame is its payload's length (4 bytes, this machine's order), its type (1 byte) and the
// payload. Descriptors travel with a frame's first byte.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.hpp"

namespace kappa::runner {

enum class FrameType : std::uint8_t {
  // server -> template
  start_zygote = 1,  // settings JSON; descriptor: the zygote's control socket
  probe,             // settings JSON; descriptor: where the answer goes
  // template -> server, on that socket
  zygote_started,  // descriptor: pidfd of the zygote's fn-init; or refused
  probed,          // layers JSON
  // zygote -> fn-init, on a socket of its own
  behind_walls,  // descriptor: what hears of the processes it makes; not sent where nothing does
  // server -> zygote
  load,   // module JSON; descriptor: where the stack goes when the module takes too long
  spawn,  // descriptors: call, stdout, stderr, life
  spawn_rewindable,
  // server -> rewinder
  rewind,  // descriptors: a rewindable child's pidfd, and its word socket
  // rewinder -> server, on that socket
  rewound,      // it is as at first and can take a call
  not_rewound,  // why, a text; it takes no more
  // zygote -> server
  zygote_ready,  // for its module; on the socket, and at the time, of zygote_started
  loaded,        // parameters JSON
  refused,       // why, a text
  // zygote -> server, on a child's life socket
  spawned,  // descriptor: the child's pidfd
  ended,    // wait status and use, JSON
  // child -> server, on its call socket
  ready,
  result,  // JSON, as Python wrote it
  failed,  // Failure JSON
  // server -> child
  call,  // arguments JSON
};

struct Frame {
  FrameType type{};
  std::string payload;
  std::vector<Fd> fds;
};

using Deadline = std::chrono::steady_clock::time_point;

/// Whether a peer may send descriptors.
enum class Descriptors { taken, dropped };

/// One end of a stream socket. Used by one thread at a time.
class FrameSocket {
 public:
  enum class State { waiting, ready, closed };

  FrameSocket() = default;
  explicit FrameSocket(Fd fd, Descriptors descriptors = Descriptors::taken)
      : fd_(std::move(fd)), descriptors_(descriptors) {}

  int fd() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }

  /// Sends one frame whole; false when the peer is gone or the deadline passes.
  bool send(FrameType type, std::string_view payload, const std::vector<int>& fds,
            Deadline deadline) const;

  /// Takes what has arrived without waiting, a bounded part of it. `ready`: take() has a frame.
  /// `closed`: none will come any more, because the peer is gone or sent a frame larger than
  /// `max_bytes`.
  State pump(std::size_t max_bytes);
  Frame take();
  /// Nothing has arrived beyond what was taken.
  bool idle() const { return buffer_.empty() && fds_.empty(); }

  /// The next frame; nothing when the peer is gone or the deadline passes.
  std::optional<Frame> receive(std::size_t max_bytes, Deadline deadline);

 private:
  State state(std::size_t max_bytes) const;

  Fd fd_;
  Descriptors descriptors_ = Descriptors::taken;
  std::string buffer_;
  // With how much of the buffer they have come: the kernel reads on up to what has descriptors, and
  // no further.
  std::vector<std::pair<std::size_t, Fd>> fds_;
};

/// Two ends that nobody inherits.
std::pair<Fd, Fd> socket_pair();
/// Reading and writing end; the reading one does not block.
std::pair<Fd, Fd> pipe_pair();

inline Deadline after_ms(std::int64_t ms) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
}
int ms_until(Deadline deadline);
inline std::int64_t us_between(Deadline from, Deadline to) {
  return std::chrono::duration_cast<std::chrono::microseconds>(to - from).count();
}

/// A frame about a process, which it makes small.
constexpr std::size_t small_frame = 64 << 10;

}  // namespace kappa::runner
