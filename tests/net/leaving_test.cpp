// A server that ends while it is asked, and the sockets that stay.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "net/wire.hpp"

namespace kappa::net::test {
namespace {

const std::string simple = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

ServerOptions leaving_for(std::int64_t leave_ms) {
  ServerOptions options = quiet_options();
  options.leave_ms = leave_ms;
  return options;
}

/// Runs `look` in a process that was started with `listening` as its third descriptor; gives its
/// exit code.
template <class Look>
int with_given(int listening, const std::string& pid, const Look& look) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(listening, 3);
    ::setenv("LISTEN_PID", pid.empty() ? std::to_string(::getpid()).c_str() : pid.c_str(), 1);
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_FDNAMES", "kappa.socket", 1);
    ::_exit(look());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("a server that leaves answers on kept and on new connections, each for the last time") {
  Listening at(leaving_for(20'000));
  Wire kept(at.server), silent(at.server);
  kept.send(simple).read_until("GET /a 0");
  CHECK_FALSE(at.server.is_leaving());
  std::thread draining([&] { at.server.drain(after(20'000)); });
  REQUIRE(eventually([&] { return at.server.is_leaving(); }));
  const std::string reply = kept.send(simple).read_all();
  CHECK(reply.starts_with("HTTP/1.1 200 OK"));
  CHECK(reply.find("Connection: close") != reply.npos);
  CHECK(kept.last_io() == Io::closed);
  Wire fresh(at.server);
  CHECK(fresh.send(simple).read_all().find("Connection: close") != std::string::npos);
  CHECK(silent.send(simple).read_all().starts_with("HTTP/1.1 200"));
  draining.join();  // long before 20 s have passed, for nobody is connected any more
  CHECK_FALSE(connect_to(*parse_address(at.server.address()), after(1000)));
}

TEST_CASE("without time to leave idle connections are closed at once") {
  Listening at(leaving_for(0));
  Wire kept(at.server), silent(at.server);
  kept.send(simple).read_until("GET /a 0");
  const auto begin = std::chrono::steady_clock::now();
  at.server.drain(after(20'000));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
  CHECK(kept.read_all().empty());
  CHECK(silent.read_all().empty());
}

TEST_CASE("the deadline of a drain ends the leaving too") {
  Listening at(leaving_for(20'000));
  Wire kept(at.server);
  kept.send(simple).read_until("GET /a 0");
  const auto begin = std::chrono::steady_clock::now();
  at.server.drain(after(100));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("a socket that was given goes from one server to the next with all who wait at it") {
  const Fd listening = kappa::test::must(listen_on("127.0.0.1:0"));
  const std::string address = address_of(listening.get());
  const auto serve_once = [&] {
    return with_given(listening.get(), "", [&] {
      GivenSockets given = kappa::test::must(GivenSockets::from_environment());
      Server server(leaving_for(1000), echo);
      if (!server.open(address, given) || !given.left().empty()) return 1;
      server.begin();
      if (server.address() != address || ::getenv("LISTEN_FDS") != nullptr) return 2;
      const auto socket = kappa::test::must(connect_to(*parse_address(address), after(5000)));
      socket.write_all(simple, after(5000));
      if (socket.wait_readable(after(5000)) != Io::ok) return 3;
      return 0;
    });
  };
  CHECK(serve_once() == 0);
  auto waiting = connect_to(*parse_address(address), after(1000));
  REQUIRE(waiting);  // though nobody serves
  CHECK(serve_once() == 0);
}

TEST_CASE("a Unix socket that was given keeps its file") {
  TempDir dir;
  const std::string path = (dir.path() / "s").string();
  const Fd listening = kappa::test::must(listen_on("unix:" + path));
  CHECK(with_given(listening.get(), "", [&] {
          GivenSockets given = kappa::test::must(GivenSockets::from_environment());
          Server server(quiet_options(), echo);
          return server.open("unix:" + path, given) && given.left().empty() ? 0 : 1;
        }) == 0);
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("who connects before a server begins waits; one that never begins leaves no file") {
  TempDir dir;
  const std::string address = "unix:" + (dir.path() / "s").string();
  GivenSockets none;
  {
    Server server(quiet_options(), echo);
    REQUIRE(server.open(address, none));
    const auto socket = kappa::test::must(connect_to(*parse_address(address), after(5000)));
    REQUIRE(socket.write_all(simple, after(5000)) == Io::ok);
    server.begin();
    CHECK(socket.wait_readable(after(5000)) == Io::ok);
  }
  {
    Server server(quiet_options(), echo);
    REQUIRE(server.open(address, none));
    CHECK(std::filesystem::exists(dir.path() / "s"));
  }
  CHECK_FALSE(std::filesystem::exists(dir.path() / "s"));
}

TEST_CASE(
    "sockets for another process or address are not taken, and what does not listen is told") {
  const Fd listening = kappa::test::must(listen_on("127.0.0.1:0"));
  CHECK(with_given(listening.get(), "1", [&] {
          return kappa::test::must(GivenSockets::from_environment()).left().empty() &&
                         ::getenv("LISTEN_FDS") == nullptr && ::getenv("LISTEN_PID") == nullptr
                     ? 0
                     : 1;
        }) == 0);
  CHECK(with_given(listening.get(), "", [&] {
          GivenSockets given = kappa::test::must(GivenSockets::from_environment());
          const bool none = !kappa::test::must(given.take("127.0.0.1:1")) &&
                            !kappa::test::must(given.take("unix:/nowhere"));
          return none && given.left() == std::vector{address_of(listening.get())} &&
                         (::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0
                     ? 0
                     : 1;
        }) == 0);
  const Fd plain(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(with_given(plain.get(), "", [&] {
          const auto given = GivenSockets::from_environment();
          return !given && given.error().detail.find("descriptor 3") != std::string::npos ? 0 : 1;
        }) == 0);
}

}  // namespace
}  // namespace kappa::net::test
