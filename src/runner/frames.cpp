// sendmsg and recvmsg.
#include "runner/frames.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace kappa::runner {
namespace {

constexpr std::size_t head_size = 5;
constexpr std::size_t most_fds = 8;
constexpr std::size_t read_size = 64 << 10;
constexpr int most_reads = 16;  // at a time: whoever sends without end must not hold the reader

[[noreturn]] void no_descriptors(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

int ms_until(Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
          .count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

bool FrameSocket::send(FrameType type, std::string_view payload, const std::vector<int>& fds,
                       Deadline deadline) const {
  std::string bytes(head_size, '\0');
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::memcpy(bytes.data(), &size, sizeof size);
  bytes[4] = static_cast<char>(type);
  bytes += payload;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_fds)> control{};
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(head), fds.data(), sizeof(int) * fds.size());
  }
  while (part.iov_len > 0) {
    const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      part.iov_base = static_cast<char*>(part.iov_base) + sent;
      part.iov_len -= static_cast<std::size_t>(sent);
      message.msg_control = nullptr;  // they went with the first byte
      message.msg_controllen = 0;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    pollfd watched{fd_.get(), POLLOUT, 0};
    if (::poll(&watched, 1, ms_until(deadline)) <= 0) return false;
  }
  return true;
}

FrameSocket::State FrameSocket::state(std::size_t max_bytes) const {
  if (buffer_.size() < head_size) return State::waiting;
  std::uint32_t size = 0;
  std::memcpy(&size, buffer_.data(), sizeof size);
  if (size > max_bytes) return State::closed;
  return buffer_.size() < head_size + size ? State::waiting : State::ready;
}

FrameSocket::State FrameSocket::pump(std::size_t max_bytes) {
  for (int reads = 0; reads < most_reads; ++reads) {
    if (const State now = state(max_bytes); now != State::waiting) return now;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_fds)> control{};
    std::array<char, read_size> chunk;
    iovec part{chunk.data(), chunk.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptors_ == Descriptors::taken) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
    }
    const ssize_t got = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    for (cmsghdr* head = CMSG_FIRSTHDR(&message); got > 0 && head != nullptr;
         head = CMSG_NXTHDR(&message, head)) {
      if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
      std::array<int, most_fds> fds{};
      const std::size_t size = head->cmsg_len - CMSG_LEN(0);
      std::memcpy(fds.data(), CMSG_DATA(head), size);
      const std::size_t end = buffer_.size() + static_cast<std::size_t>(got);
      for (std::size_t i = 0; i < size / sizeof(int); ++i) fds_.emplace_back(end, Fd(fds[i]));
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return State::waiting;
    if (got <= 0 || fds_.size() > most_fds) return State::closed;  // not a store of descriptors
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return state(max_bytes);
}

Frame FrameSocket::take() {
  std::uint32_t size = 0;
  std::memcpy(&size, buffer_.data(), sizeof size);
  Frame frame{static_cast<FrameType>(buffer_[4]), buffer_.substr(head_size, size), {}};
  const std::size_t end = head_size + size;
  buffer_.erase(0, end);
  for (auto& [came_with, fd] : std::exchange(fds_, {})) {
    if (came_with <= end) {
      frame.fds.push_back(std::move(fd));
    } else {
      fds_.emplace_back(came_with - end, std::move(fd));
    }
  }
  return frame;
}

std::optional<Frame> FrameSocket::receive(std::size_t max_bytes, Deadline deadline) {
  for (;;) {
    const State now = pump(max_bytes);
    if (now == State::ready) return take();
    if (now == State::closed) return std::nullopt;
    pollfd watched{fd_.get(), POLLIN, 0};
    const int ready = ::poll(&watched, 1, ms_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
  }
}

std::pair<Fd, Fd> socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) no_descriptors("socketpair");
  return {Fd(ends[0]), Fd(ends[1])};
}

std::pair<Fd, Fd> pipe_pair() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) no_descriptors("pipe2");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace kappa::runner
