// The front, byte by byte.
#include "net/server.hpp"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "net/client.hpp"
#include "net/wire.hpp"

namespace kappa::net::test {
namespace {

const std::string simple = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_CASE("a reply has length, date and request id, and the connection stays open") {
  Listening at;
  Wire wire(at.server);
  for (int i = 0; i < 3; ++i) {
    const std::string reply = wire.send(simple).read_until("GET /a 0");
    CHECK(reply.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(reply.find("\r\nContent-Length: 8\r\n") != reply.npos);
    CHECK(reply.find("\r\nDate: ") != reply.npos);
    CHECK(reply.find("\r\nX-Request-Id: ") != reply.npos);
    CHECK(reply.find("Connection: close") == reply.npos);
  }
}

TEST_CASE("pipelined requests are answered in order, also when they arrive byte by byte") {
  Listening at;
  Wire wire(at.server);
  const std::string three = "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\r\n" +
                            simple +
                            "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                            "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n" +
                            "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  SUBCASE("at once") { wire.send(three); }
  SUBCASE("byte by byte") {
    for (const char c : three) wire.send(std::string(1, c));
  }
  const std::string replies = wire.read_all();
  const std::size_t one = replies.find("POST /1 3");
  const std::size_t two = replies.find("GET /a 0", one);
  const std::size_t three_at = replies.find("POST /2 5", two);
  CHECK(replies.find("GET /last 0", three_at) != replies.npos);
  CHECK(wire.last_io() == Io::closed);
}

TEST_CASE("a drain does not wait for the rest of a request that has only begun") {
  Listening at;
  Wire head(at.server), body(at.server);
  head.send("GET /a HTTP/1.1\r\nX: ");
  body.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE(body.read_until("\r\n\r\n").starts_with("HTTP/1.1 100"));
  const auto begin = std::chrono::steady_clock::now();
  std::thread draining([&] { at.server.drain(after(20'000)); });
  CHECK(body.read_until("\r\n") == "HTTP/1.1 408 Request Timeout\r\n");
  draining.join();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("HEAD has the head of GET and no body; absolute targets and HTTP/1.0 are understood") {
  Listening at;
  Wire wire(at.server);
  const std::string head = wire.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n").read_until("\r\n\r\n");
  CHECK(head.find("Content-Length: 9\r\n") != head.npos);  // of "HEAD /a 0", which is not sent
  CHECK(wire.send("GET http://x/a?b HTTP/1.1\r\nHost: x\r\n\r\n")
            .read_until("GET /a?b 0")
            .starts_with("HTTP/1.1 200"));
  CHECK(wire.send("GET https://x:80?b HTTP/1.1\r\nHost: y\r\n\r\n")
            .read_until("GET /?b 0")
            .starts_with("HTTP/1.1 200"));
  const std::string kept =
      wire.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read_until("GET /old 0");
  CHECK(kept.find("\r\nConnection: keep-alive\r\n") != kept.npos);
  CHECK(wire.send("GET /old HTTP/1.0\r\n\r\n").read_all().find("GET /old 0") != std::string::npos);
}

TEST_CASE("whoever is too slow with head or body is told so, however steadily bytes drip in") {
  auto options = quiet_options();
  options.header_timeout_ms = options.body_timeout_ms = 200;
  options.idle_timeout_ms = 300;
  Listening at(options);
  const auto drip = [&](const std::string& first) {
    Wire wire(at.server);
    wire.send(first);
    std::atomic<bool> over = false;
    std::thread dripping([&] {
      eventually([&] {
        wire.send("a");
        return over.load();
      });
    });
    const auto begin = std::chrono::steady_clock::now();
    const std::string reply = wire.read_until("\r\n");
    over = true;
    dripping.join();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
    return reply;
  };
  CHECK(drip("GET /a HTTP/1.1\r\nX: ") == "HTTP/1.1 408 Request Timeout\r\n");
  CHECK(drip("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n") ==
        "HTTP/1.1 408 Request Timeout\r\n");
  Wire idle(at.server);
  CHECK(idle.read_all().empty());
  CHECK(idle.last_io() == Io::closed);
}

TEST_CASE("a request id is taken from the client when it is sane, and is the same in the reply") {
  Listening at;
  Wire wire(at.server);
  CHECK(wire.send("GET /a HTTP/1.1\r\nHost: x\r\nX-Request-Id: my-1.2_3\r\n\r\n")
            .read_until("GET /a 0")
            .find("X-Request-Id: my-1.2_3\r\n") != std::string::npos);
  CHECK(wire.send("GET /a HTTP/1.1\r\nHost: x\r\nX-Request-Id: no spaces\r\n\r\n")
            .read_until("GET /a 0")
            .find("no spaces") == std::string::npos);
}

TEST_CASE("a handler that throws is answered 500 with an id, and the connection goes on") {
  Listening at(quiet_options(), [](const rpc::HttpRequest&) -> rpc::HttpResponse {
    throw std::runtime_error("canary");
  });
  Wire wire(at.server);
  for (int i = 0; i < 2; ++i) {
    const std::string reply = wire.send(simple).read_until("[]}");
    CHECK(reply.starts_with("HTTP/1.1 500 "));
    CHECK(reply.find("canary") == reply.npos);
    CHECK(reply.find("request id") != reply.npos);
  }
}

TEST_CASE("connections over the cap are told so at once, and room is free again when others end") {
  auto options = quiet_options();
  options.max_connections = 2;
  Listening at(options);
  {
    Wire one(at.server), two(at.server);
    CHECK(one.send(simple).read_until("GET /a 0").starts_with("HTTP/1.1 200"));
    CHECK(two.send(simple).read_until("GET /a 0").starts_with("HTTP/1.1 200"));
    Wire three(at.server);
    const std::string reply = three.read_all();
    CHECK(reply.starts_with("HTTP/1.1 503 "));
    CHECK(reply.find("Retry-After: 1") != reply.npos);
  }
  CHECK(eventually([&] {
    return Wire(at.server).send(simple).read_until("GET /a 0").starts_with("HTTP/1.1 200");
  }));
}

TEST_CASE("without a descriptor left it turns connections away, and recovers") {
  Listening at;
  Wire kept(at.server);
  REQUIRE(kept.send(simple).read_until("GET /a 0").starts_with("HTTP/1.1 200"));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);

  const auto socket = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const rlimit none{static_cast<rlim_t>(socket.get()) + 1, before.rlim_max};
  sockaddr_in name{};
  socklen_t size = sizeof name;
  auto address = *parse_address(at.server.address());
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.port)));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), size) == 0);
  char byte = 0;
  CHECK(::recv(socket.get(), &byte, 1, 0) <= 0);  // turned away, not kept waiting
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(kept.send(simple).read_until("GET /a 0").starts_with("HTTP/1.1 200"));
  CHECK(Wire(at.server).send(simple).read_until("GET /a 0").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a drain lets requests under way finish, ends idle connections, and takes no new ones") {
  std::atomic<int> inside = 0;
  std::atomic<bool> go_on = false;
  Listening at(quiet_options(), [&](const rpc::HttpRequest& request) {
    ++inside;
    eventually([&] { return go_on.load(); });
    return echo(request);
  });
  Wire busy(at.server), idle(at.server);
  busy.send(simple);
  REQUIRE(eventually([&] { return inside == 1; }));
  std::thread draining([&] { at.server.drain(after(5000)); });
  CHECK(idle.read_all().empty());
  CHECK(idle.last_io() == Io::closed);
  go_on = true;
  const std::string reply = busy.read_all();
  CHECK(reply.starts_with("HTTP/1.1 200 OK"));
  CHECK(reply.find("Connection: close") != reply.npos);
  draining.join();
  CHECK_FALSE(connect_to(*parse_address(at.server.address()), after(1000)));
}

TEST_CASE(
    "it listens on IPv6 and on a Unix socket that only its user can open, and says so when an "
    "address is taken") {
  Listening six(quiet_options(), echo, "[::1]:0");
  CHECK(six.server.address().starts_with("http://[::1]:"));
  CHECK(Wire(six.server).send(simple).read_until("GET /a 0").starts_with("HTTP/1.1 200"));
  TempDir dir;
  const std::string path = "unix:" + (dir.path() / "s").string();
  {
    Listening unix_socket(quiet_options(), echo, path);
    struct stat status {};
    REQUIRE(::stat((dir.path() / "s").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(Wire(unix_socket.server).send(simple).read_until("GET /a 0").starts_with("HTTP/1.1 200"));
    Server second(quiet_options(), echo);
    CHECK(second.listen(path).error().detail.find("ddress already in use") != std::string::npos);
    Server third(quiet_options(), echo);
    CHECK(third.listen(six.server.address()).error().detail.find("choose another with --listen") !=
          std::string::npos);
  }
  Listening again(quiet_options(), echo, path);  // what the first left behind is replaced
  for (const char* wrong :
       {"", "8010", "localhost", "localhost:http", "127.0.0.1:70000", "a b:1", "unix:", "::1:80"}) {
    CAPTURE(wrong);
    Server server(quiet_options(), echo);
    CHECK(server.listen(wrong).error().detail.find("expected HOST:PORT") != std::string::npos);
  }
}

}  // namespace
}  // namespace kappa::net::test
