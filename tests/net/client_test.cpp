// The client against servers that behave, and against some that do not.
#include "net/client.hpp"

#include <sys/socket.h>

#include <atomic>
#include <set>
#include <thread>

#include "net/wire.hpp"

namespace kappa::net::test {
namespace {

/// Accepts connections and answers each with the same bytes, whatever is asked, then closes.
class Scripted {
 public:
  explicit Scripted(std::string bytes)
      : listening_(*listen_on("127.0.0.1:0")), address_(address_of(listening_.get())) {
    thread_ = std::thread([this, bytes = std::move(bytes)] {
      for (;;) {
        const Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!fd) return;
        ++accepted_;
        char ignored[4096];
        if (::recv(fd.get(), ignored, sizeof ignored, 0) <= 0) continue;
        static_cast<void>(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
      }
    });
  }
  ~Scripted() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
  }
  const std::string& address() const { return address_; }
  int accepted() const { return accepted_; }

 private:
  Fd listening_;
  std::string address_;
  std::atomic<int> accepted_ = 0;
  std::thread thread_;
};

Error error_from(const std::string& bytes) {
  const Scripted server(bytes);
  const auto reply = connect(server.address(), {})({"GET", "/"});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Code::unavailable);
  return reply.error();
}

TEST_CASE("ten thousand requests over sixteen threads are each answered with their own reply") {
  Listening at;
  const rpc::Transport send = connect(at.server.address(), {});
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 625; ++i) {
        const std::string target = "/" + std::to_string(t) + "-" + std::to_string(i);
        const auto reply =
            send({"POST", target, {}, std::string(static_cast<std::size_t>(i), 'x')});
        right += reply && reply->body == "POST " + target + " " + std::to_string(i) ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 10'000);
}

TEST_CASE("connections are kept for the next request, and one closed meanwhile is noticed") {
  std::set<std::string> prefixes;
  std::string address;
  rpc::Transport send;
  TempDir dir;
  const std::string path = "unix:" + (dir.path() / "s").string();
  for (int life = 0; life < 3; ++life) {  // three servers, one after the other, at one address
    Listening at(quiet_options(), echo, path);
    if (!send) send = connect(path, {});
    for (int i = 0; i < 3; ++i) {
      const auto reply = send({"POST", "/a", {}, "x"});
      REQUIRE(reply);
      CHECK(reply->body == "POST /a 1");
      const std::string id(rpc::field_of(reply->fields, "X-Request-Id"));
      prefixes.insert(id.substr(0, id.find('-')));
    }
  }
  CHECK(prefixes.size() == 3);
}

TEST_CASE("a stream arrives piece by piece while it is made") {
  std::atomic<int> allowed = 1;
  Listening at(quiet_options(), [&](const rpc::HttpRequest&) {
    rpc::HttpResponse response{200, {{"Content-Type", "text/plain"}}};
    response.stream =
        Stream{"text/plain", [&, made = 0]() mutable -> Result<std::optional<std::string>> {
                 if (++made == 4) return std::optional<std::string>();
                 eventually([&] { return allowed >= made; });
                 return std::optional<std::string>("piece " + std::to_string(made));
               }};
    return response;
  });
  auto reply = connect(at.server.address(), {})({"GET", "/"});
  REQUIRE(reply);
  REQUIRE(reply->stream);
  for (int i = 1; i <= 3; ++i) {  // each is read before the next may be made
    const auto piece = reply->stream->next();
    REQUIRE(piece);
    CHECK(**piece == "piece " + std::to_string(i));
    allowed = i + 1;
  }
  CHECK_FALSE(*reply->stream->next());
}

TEST_CASE("what a server says before its reply is passed over") {
  const Scripted server(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  const auto reply = connect(server.address(), {})({"GET", "/"});
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->body == "hi");
}

TEST_CASE("a stream that breaks off is an error, never an end") {
  Listening at(quiet_options(), [&](const rpc::HttpRequest&) {
    rpc::HttpResponse response{200, {{"Content-Type", "text/plain"}}};
    response.stream =
        Stream{"text/plain", [made = 0]() mutable -> Result<std::optional<std::string>> {
                 if (++made == 2) return Error{Code::internal, "corrupt"};
                 return std::optional<std::string>("piece");
               }};
    return response;
  });
  auto reply = connect(at.server.address(), {})({"GET", "/"});
  REQUIRE(reply->stream->next());
  const auto broken = reply->stream->next();
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == Code::unavailable);
}

TEST_CASE(
    "whoever is not there, or does not speak HTTP, is unavailable, and the error says what to do") {
  const Error dead = connect("http://127.0.0.1:1", {})({"GET", "/"}).error();
  CHECK(dead.detail.find("cannot reach Kappa at http://127.0.0.1:1: Connection refused") !=
        std::string::npos);
  CHECK(dead.contact == Contact::unreachable);
  CHECK(connect("unix:/nowhere/s", {})({"GET", "/"}).error().code == Code::unavailable);
  CHECK(connect("http://no.such.host.invalid:1", {})({"GET", "/"}).error().code ==
        Code::unavailable);
  CHECK(connect("nonsense", {})({"GET", "/"}).error().detail.find("expected http://HOST:PORT") !=
        std::string::npos);
  CHECK(error_from("").detail.find("closed before a reply") != std::string::npos);
  CHECK(error_from("HTTP/1.1 200 OK\r\nContent-Len").detail.find("in the middle") !=
        std::string::npos);
  CHECK(
      error_from("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").detail.find("in the middle") !=
      std::string::npos);
  CHECK(error_from("SSH-2.0-x\r\n\r\n").detail.find("malformed") != std::string::npos);
}

TEST_CASE("a reply that is too large, or never comes, is given up") {
  ClientOptions options;
  options.reply_bytes = 1000;
  options.reply_timeout_ms = 200;
  Listening large(quiet_options(), [](const rpc::HttpRequest&) {
    return rpc::HttpResponse{200, {{"Content-Type", "application/json"}}, std::string(5000, ' ')};
  });
  CHECK(connect(large.server.address(), options)({"GET", "/"})
            .error()
            .detail.find("larger than 1000 bytes") != std::string::npos);
  const Fd silent = *listen_on("127.0.0.1:0");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(connect(address_of(silent.get()), options)({"GET", "/"}).error().detail.find("in time") !=
        std::string::npos);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
}

TEST_CASE("a request that may have been done is not sent twice") {
  const Scripted server("");
  const rpc::Transport send = connect(server.address(), {});
  CHECK_FALSE(send({"POST", "/a", {}, "x"}));
  CHECK(server.accepted() == 1);
}

TEST_CASE("a reply without length ends with the connection") {
  const Scripted server("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it");
  CHECK(connect(server.address(), {})({"GET", "/"})->body == "all of it");
}

}  // namespace
}  // namespace kappa::net::test
