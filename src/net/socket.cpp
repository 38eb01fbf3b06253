// poll() before every read and write.
#include "net/socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace kappa::net {
namespace {

// As nginx has them: for who still sends what nobody reads.
constexpr std::int64_t linger_ms = 30'000;
constexpr std::int64_t linger_silence_ms = 5'000;
constexpr std::int64_t linger_draining_ms = 1'000;

// Encrypted and sent at a time, one record: a session's buffer stays as large as it once was, and a
// server has a thousand of them.
constexpr std::size_t most_encrypted = 16 << 10;

bool try_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

int ms_until(Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
          .count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

Io Socket::wait(short what, Deadline deadline, Waker waker) const {
  pollfd watched[2] = {{fd_.get(), what, 0}, {waker.fd, waker.events, 0}};
  for (;;) {
    const int ready = ::poll(watched, waker.fd < 0 ? 1 : 2, ms_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return Io::closed;
    if (ready == 0) return Io::late;
    return watched[0].revents != 0 ? Io::ok : Io::woken;
  }
}

Io Socket::wait_readable(Deadline deadline, int waker, short waking) const {
  if (!tls_) return wait(POLLIN, deadline, {waker, waking});
  // Bytes that have arrived may be no text yet, and text may be there without any that arrive.
  while (tls_->look() == TlsSession::Step::needs_input) {
    const Io io = feed_tls(deadline, {waker, waking});
    if (io == Io::closed) return Io::ok;  // as poll() has it; who reads is told
    if (io != Io::ok) return io;
  }
  return Io::ok;
}

Io Socket::peek_some(char* to, std::size_t size, std::size_t& got, Deadline deadline,
                     int waker) const {
  return receive(to, size, got, deadline, {waker}, MSG_PEEK);
}

Io Socket::receive(char* to, std::size_t size, std::size_t& got, Deadline deadline, Waker waker,
                   int flags) const {
  for (;;) {
    const ssize_t count =
        ::recv(fd_.get(), to, size, MSG_DONTWAIT | flags);  // first: it is often there already
    if (count > 0) {
      got = static_cast<std::size_t>(count);
      return Io::ok;
    }
    if (count == 0 || !try_again()) return Io::closed;
    if (const Io io = wait(POLLIN, deadline, waker); io != Io::ok) return io;
  }
}

Io Socket::send_all(std::string_view bytes, Deadline deadline) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (!try_again()) {
      return Io::closed;
    } else if (const Io io = wait(POLLOUT, deadline, {}); io != Io::ok) {
      return io;
    }
  }
  return Io::ok;
}

Io Socket::feed_tls(Deadline deadline, Waker waker) const {
  // Records without text, of which a peer may send any number, must not go round the deadline.
  if (std::chrono::steady_clock::now() > deadline) return Io::late;
  if (const Io io = send_all(tls_->give_output(), deadline); io != Io::ok) return io;
  std::array<char, 16384> records;  // a TLS record's most, RFC 8446 5.1
  std::size_t got = 0;
  const Io io = receive(records.data(), records.size(), got, deadline, waker);
  if (io == Io::ok) tls_->take_input({records.data(), got});
  return io;
}

Io Socket::secure(std::unique_ptr<TlsSession> session, Deadline deadline, int waker) {
  tls_ = std::move(session);
  for (;;) {
    const auto step = tls_->shake_hands();
    if (step == TlsSession::Step::needs_input) {
      if (const Io io = feed_tls(deadline, {waker}); io != Io::ok) return io;
      continue;
    }
    const Io io = send_all(tls_->give_output(), deadline);
    return step == TlsSession::Step::over ? Io::closed : io;
  }
}

Io Socket::read_some(char* to, std::size_t size, std::size_t& got, Deadline deadline) const {
  if (!tls_) return receive(to, size, got, deadline, {});
  for (;;) {
    const auto step = tls_->decrypt(to, size, got);
    if (step == TlsSession::Step::done) return Io::ok;
    if (step == TlsSession::Step::over) return Io::closed;
    if (const Io io = feed_tls(deadline, {}); io != Io::ok) return io;
  }
}

Io Socket::write_all(std::string_view bytes, Deadline deadline) const {
  if (!tls_) return send_all(bytes, deadline);
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, most_encrypted);
    if (tls_->encrypt(piece) != TlsSession::Step::done) return Io::closed;
    if (const Io io = send_all(tls_->give_output(), deadline); io != Io::ok) return io;
    bytes.remove_prefix(piece.size());
  }
  return Io::ok;
}

void Socket::say_goodbye() const {
  if (!tls_) return;
  tls_->end();
  static_cast<void>(send_all(tls_->give_output(), after(0)));
}

void Socket::linger(int waker) const {
  say_goodbye();
  ::shutdown(fd_.get(), SHUT_WR);
  Deadline end = after(linger_ms);
  char unread[16384];
  for (;;) {
    Io io = wait(POLLIN, std::min(end, after(linger_silence_ms)), {waker});
    if (io == Io::woken) {
      waker = -1;
      end = std::min(end, after(linger_draining_ms));
      continue;
    }
    std::size_t got = 0;
    if (io == Io::ok) io = receive(unread, sizeof unread, got, end, {});
    if (io != Io::ok) return;
  }
}

bool Socket::stale() const {
  if (tls_ && tls_->look() != TlsSession::Step::needs_input) return true;
  char byte = 0;
  return !(::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && try_again());
}

}  // namespace kappa::net
