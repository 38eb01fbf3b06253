// A listener between a client and a server that keeps what goes through it.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "net/address.hpp"
#include "support.hpp"

namespace kappa::net::test {

/// What it has seen goes both ways, in one text. Ends when it goes, with its connections.
class Relay {
 public:
  /// To the server at "http://127.0.0.1:1" or "https://...".
  explicit Relay(const std::string& server)
      : server_(*parse_address(server)), listening_(*listen_on("127.0.0.1:0")) {
    const Address at = *parse_address(address_of(listening_.get()));
    address_ = (is_https(server) ? "https://localhost:" : "http://localhost:") + at.port;
    accepting_ = std::thread([this] {
      for (;;) {
        Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!fd) return;
        auto there = connect_to(server_, after(5000));
        if (!there) continue;
        const std::scoped_lock lock(mutex_);
        Line& line = lines_.emplace_back(std::move(fd), *std::move(there));
        line.thread = std::thread([this, &line] { carry(line); });
      }
    });
  }
  ~Relay() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    accepting_.join();
    for (Line& line : lines_) {
      ::shutdown(line.here.get(), SHUT_RDWR);
      ::shutdown(line.there.fd(), SHUT_RDWR);
      line.thread.join();
    }
  }
  const std::string& address() const { return address_; }
  std::string seen() const {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }
  std::size_t connections() const {
    const std::scoped_lock lock(mutex_);
    return lines_.size();
  }

 private:
  struct Line {
    Line(Fd here_, Socket there_) : here(std::move(here_)), there(std::move(there_)) {}
    Fd here;
    Socket there;
    std::thread thread;
  };

  bool pass(int from, int to) {
    char bytes[16384];
    const ssize_t got = ::recv(from, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    {
      const std::scoped_lock lock(mutex_);
      seen_.append(bytes, static_cast<std::size_t>(got));
    }
    for (ssize_t sent = 0; sent < got;) {
      pollfd ready{to, POLLOUT, 0};
      ::poll(&ready, 1, 5000);
      const ssize_t count =
          ::send(to, bytes + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += count;
    }
    return true;
  }

  void carry(Line& line) {
    for (;;) {
      pollfd watched[2] = {{line.here.get(), POLLIN, 0}, {line.there.fd(), POLLIN, 0}};
      if (::poll(watched, 2, -1) < 0) continue;
      const bool going = (watched[0].revents == 0 || pass(watched[0].fd, watched[1].fd)) &&
                         (watched[1].revents == 0 || pass(watched[1].fd, watched[0].fd));
      if (going) continue;
      ::shutdown(line.here.get(), SHUT_RDWR);
      ::shutdown(line.there.fd(), SHUT_RDWR);
      return;
    }
  }

  const Address server_;
  Fd listening_;
  std::string address_;
  mutable std::mutex mutex_;
  std::string seen_;       // guarded by mutex_
  std::list<Line> lines_;  // guarded by mutex_ until all threads but one are gone
  std::thread accepting_;
};

}  // namespace kappa::net::test
