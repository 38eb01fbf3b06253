// Accepting, and the threads.
#include "net/server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "net/address.hpp"
#include "net/connection.hpp"
#include "net/manners.hpp"

namespace kappa::net {
namespace {

// Connections above the cap that are told so at a time; beyond them a connection is just closed.
constexpr std::size_t most_turned_away = 64;
constexpr int accept_pause_ms = 10;  // between two tries while the process has no descriptor left

std::string id_prefix() {
  SystemRandom random;
  std::array<std::uint8_t, 4> bytes{};
  random.fill(bytes);
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text + "-";
}

mode_t socket_mode(const std::string& octal) {
  return static_cast<mode_t>(std::stoul(octal, nullptr, 8));
}

}  // namespace

/// The listener's thread and the connections' threads. A thread that has served its connection
/// waits for the next one.
class Server::Front {
 public:
  Front(const ServerOptions& options, rpc::HttpHandler handler, TlsIdentity* identity,
        rpc::BodyRefusal refuses_body)
      : identity_(identity),
        prefix_(id_prefix()),
        waker_(::eventfd(0, EFD_CLOEXEC)),
        reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
    serving_ = {options,
                std::move(handler),
                std::move(refuses_body),
                [this] { return prefix_ + std::to_string(++requests_); },
                [this] { return leaving_.load(); },
                [this] { return draining_.load(); },
                waker_.get()};
  }

  ~Front() {
    drain(std::chrono::steady_clock::now());
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  Result<Nothing> open(const std::string& address, GivenSockets& given) {
    const bool tls = is_https(address);
    if (tls && identity_ == nullptr)
      return Error{Code::invalid, "address '" + address + "' wants a certificate and its key"};
    listening_ = TRY(given.take(address));
    given_ = listening_ ? true : false;
    if (!given_) listening_ = TRY(listen_on(address, socket_mode(serving_.options.socket_mode)));
    ::fcntl(listening_.get(), F_SETFL, O_NONBLOCK);  // who hangs up first must not hold accept() up
    address_ = address_of(listening_.get(), tls);
    if (tls) serving_.identity = identity_;
    return Nothing{};
  }

  void begin() {
    acceptor_ = std::thread([this] { accept_all(); });
  }

  const std::string& address() const { return address_; }

  void leave() {
    if (!leaving_.exchange(true)) left_at_ = after(serving_.options.leave_ms);
  }

  bool is_leaving() const { return leaving_; }

  void drain(Deadline deadline) {
    leave();
    std::unique_lock lock(mutex_);
    const auto none_left = [this] { return open_.empty() && waiting_.empty(); };
    idle_.wait_until(lock, std::min(deadline, left_at_), none_left);
    lock.unlock();
    draining_ = true;
    ::eventfd_write(waker_.get(), 1);
    if (acceptor_.joinable()) {
      acceptor_.join();
    } else if (listening_ && !given_) {  // it was opened and never begun
      remove_file();
    }
    lock.lock();
    if (idle_.wait_until(lock, deadline, none_left)) return;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    idle_.wait(lock, none_left);
  }

 private:
  struct Arrival {
    Fd fd;
    bool over_cap = false;
  };

  void accept_all() {
    pollfd watched[2] = {{listening_.get(), POLLIN, 0}, {waker_.get(), POLLIN, 0}};
    while (!draining_) {
      if (::poll(watched, 2, -1) < 0 || watched[0].revents == 0) continue;
      if (Fd fd = accept_one()) {
        take(std::move(fd));
      } else if (errno == EMFILE || errno == ENFILE) {
        turn_one_away();
      } else if (errno == ENOBUFS || errno == ENOMEM) {
        std::this_thread::sleep_for(std::chrono::milliseconds(accept_pause_ms));
      }
    }
    if (!given_) end_listening();
    listening_.reset();
  }

  /// Nobody else listens: who connects from now on is refused, who did so before is answered.
  void end_listening() {
    remove_file();  // first, so that a successor's is not taken for it
    for (Fd fd; (fd = accept_one());) take(std::move(fd));
  }

  void remove_file() const {
    if (const auto at = parse_address(address_); at && !at->unix_path.empty())
      ::unlink(at->unix_path.c_str());
  }

  Fd accept_one() const {
    return Fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  }

  /// No descriptor is left: the spare one takes the connection off the queue, so that its peer is
  /// not kept waiting.
  void turn_one_away() {
    reserve_.reset();
    { const Fd turned_away(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
    reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!reserve_) std::this_thread::sleep_for(std::chrono::milliseconds(accept_pause_ms));
    log::warning("out of file descriptors; a connection was turned away");
  }

  void take(Fd fd) {
    const int one = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const std::scoped_lock lock(mutex_);
    const bool full = open_.size() + waiting_.size() - turned_away_ >=
                      static_cast<std::size_t>(serving_.options.max_connections);
    if (full && turned_away_ == most_turned_away) return;
    const bool too_few = waiting_.size() + 1 > resting_;
    if (too_few && !start_thread() && threads_.empty()) return;  // nobody would ever take it
    turned_away_ += full ? 1 : 0;
    waiting_.push_back({std::move(fd), full});
    wake_.notify_one();
  }

  /// False when the system gives no more threads: connections wait for those that there are.
  bool start_thread() {
    try {
      threads_.emplace_back([this] { work(); });
      return true;
    } catch (const std::system_error& error) {
      log::warning("no thread for a connection", {{"reason", error.what()}});
      return false;
    }
  }

  /// A failure outside of the handler ends its connection, not the server.
  void serve(Socket& socket, bool over_cap) {
    try {
      if (!begin_connection(socket, serving_)) return;
      over_cap ? turn_away(socket, serving_) : serve_connection(socket, serving_);
      socket.say_goodbye();
    } catch (const std::exception& error) {
      log::error("connection failed", {{"reason", error.what()}});
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++resting_;
      wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      --resting_;
      if (waiting_.empty()) return;
      Arrival arrival = std::move(waiting_.front());
      waiting_.pop_front();
      Socket socket(std::move(arrival.fd));
      open_.insert(socket.fd());
      lock.unlock();
      serve(socket, arrival.over_cap);
      lock.lock();
      turned_away_ -= arrival.over_cap ? 1 : 0;
      open_.erase(socket.fd());  // before the descriptor is closed, and its number another's
      if (open_.empty() && waiting_.empty()) idle_.notify_all();
    }
  }

  TlsIdentity* const identity_;
  const std::string prefix_;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<bool> leaving_ = false;
  std::atomic<bool> draining_ = false;
  Deadline left_at_;  // once it leaves
  Fd waker_;
  Fd reserve_;
  Serving serving_;
  Fd listening_;
  bool given_ = false;  // whoever started us keeps it open
  std::string address_;
  std::thread acceptor_;
  std::mutex mutex_;
  std::condition_variable wake_;  // a connection waits, or the server ends
  std::condition_variable idle_;  // the last connection has ended
  std::deque<Arrival> waiting_;   // guarded by mutex_, as all below
  std::set<int> open_;
  std::vector<std::thread> threads_;
  std::size_t resting_ = 0;
  std::size_t turned_away_ = 0;  // of open_ and waiting_
  bool ending_ = false;
};

Server::Server(const ServerOptions& options, rpc::HttpHandler handler, TlsIdentity* identity,
               rpc::BodyRefusal refuses_body)
    : front_(std::make_unique<Front>(options, std::move(handler), identity,
                                     std::move(refuses_body))) {}
Server::~Server() = default;

Result<Nothing> Server::open(const std::string& address, GivenSockets& given) {
  return front_->open(address, given);
}
void Server::begin() { front_->begin(); }
Result<Nothing> Server::listen(const std::string& address) {
  GivenSockets none;
  TRY(open(address, none));
  begin();
  return Nothing{};
}
std::string Server::address() const { return front_->address(); }
void Server::leave() { front_->leave(); }
bool Server::is_leaving() const { return front_->is_leaving(); }
void Server::drain(Deadline deadline) { front_->drain(deadline); }

}  // namespace kappa::net
