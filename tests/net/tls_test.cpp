// TLS on both sides: what goes through it, who is cut off, what cannot be seen.
#include <sys/socket.h>

#include <atomic>
#include <list>
#include <thread>
#include <vector>

#include "base/client_watch.hpp"
#include "net/relay.hpp"
#include "net/secured.hpp"

namespace kappa::net::test {
namespace {

rpc::HttpResponse mirror(const rpc::HttpRequest& request) {
  return {200, {{"Content-Type", "application/octet-stream"}}, request.body};
}

TEST_CASE("bodies of megabytes go both ways over TLS, on one connection") {
  const Secured kappa(both_names, quiet_options(), mirror);
  CHECK(kappa.at.server.address().starts_with("https://127.0.0.1:"));
  const Relay relay(kappa.at.server.address());
  const rpc::Transport send = connect(relay.address(), kappa.trusting());
  std::string body(7'000'001, 'x');
  for (std::size_t i = 0; i < body.size(); i += 251) body[i] = static_cast<char>(i);
  for (const std::size_t size : {0u, 1u, 16383u, 16384u, 16385u, 300'000u, 7'000'001u}) {
    const auto reply = send({"POST", "/", {}, body.substr(0, size)});
    REQUIRE(reply);
    CHECK((reply->body == body.substr(0, size)));
  }
  CHECK(relay.connections() == 1);
}

TEST_CASE("whoever speaks plain HTTP where TLS is spoken is told so, and the other way round") {
  const Secured kappa;
  const auto reply = connect("http://127.0.0.1:" + kappa.port(), {})({"POST", "/", {}, "body"});
  REQUIRE(reply);
  CHECK(reply->status == 400);
  CHECK(has(reply->body, "TLS is spoken here; begin the address with https://"));
  Wire head(kappa.at.server);
  const std::string refused = head.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").read_all();
  CHECK(refused.starts_with("HTTP/1.1 400 "));
  CHECK(refused.ends_with("\r\n\r\n"));
  Wire noise(kappa.at.server);
  CHECK(noise.send(std::string("\x16\x03\x01\x00\x05nope!", 10)).read_all().size() < 10);
  CHECK(noise.last_io() == Io::closed);
  Listening plain;
  const std::string port = parse_address(plain.server.address())->port;
  CHECK(
      has(distrust_of("https://127.0.0.1:" + port, kappa.trusting()), "TLS fails: wrong version"));
}

TEST_CASE("who does not finish a handshake holds up nobody, and is cut in time") {
  auto options = quiet_options();
  options.header_timeout_ms = 1'000;
  const Secured kappa(both_names, options);
  std::list<Wire> silent, half;
  for (int i = 0; i < 20; ++i) {
    silent.emplace_back(kappa.at.server);
    half.emplace_back(kappa.at.server).send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  }
  const rpc::Transport send = kappa.client();
  for (int i = 0; i < 3; ++i) CHECK(send({"GET", "/"}));
  const auto begin = std::chrono::steady_clock::now();
  for (std::list<Wire>* all : {&silent, &half}) {
    for (Wire& wire : *all) {
      wire.read_all();
      CHECK(wire.last_io() == Io::closed);
    }
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
}

TEST_CASE("a drain does not wait for handshakes") {
  Secured kappa;  // whose handshakes may take ten seconds
  Wire silent(kappa.at.server), half(kappa.at.server);
  half.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  REQUIRE(kappa.client()({"GET", "/"}));
  const auto begin = std::chrono::steady_clock::now();
  kappa.at.server.drain(after(20'000));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("a stream arrives piece by piece over TLS while it is made") {
  std::atomic<int> allowed = 1;
  const Secured kappa(both_names, quiet_options(), [&](const rpc::HttpRequest&) {
    rpc::HttpResponse response{200, {{"Content-Type", "text/event-stream"}}};
    response.stream =
        Stream{"text/event-stream", [&, made = 0]() mutable -> Result<std::optional<std::string>> {
                 if (++made == 4) return std::optional<std::string>();
                 eventually([&] { return allowed >= made; });
                 return std::optional<std::string>("data: " + std::to_string(made) + "\n\n");
               }};
    return response;
  });
  auto reply = kappa.client()({"GET", "/"});
  REQUIRE(reply);
  REQUIRE(reply->stream);
  for (int i = 1; i <= 3; ++i) {
    const auto piece = reply->stream->next();
    REQUIRE(piece);
    CHECK(**piece == "data: " + std::to_string(i) + "\n\n");
    allowed = i + 1;
  }
  CHECK_FALSE(*reply->stream->next());
}

TEST_CASE("a reply whose end is the connection's is known to be whole") {
  const Secured kappa(both_names, quiet_options(), [&](const rpc::HttpRequest&) {
    rpc::HttpResponse response{200, {{"Content-Type", "text/plain"}}};
    response.stream =
        Stream{"text/plain", [made = 0]() mutable -> Result<std::optional<std::string>> {
                 if (++made == 2) return std::optional<std::string>();
                 return std::optional<std::string>("all of it");
               }};
    return response;
  });
  Socket socket = must(connect_to(*parse_address(kappa.at.server.address()), after(2000)));
  const TlsTrust trust = must(TlsTrust::open(kappa.authority.certificate()));
  REQUIRE(socket.secure(trust.session("localhost"), after(2000)) == Io::ok);
  REQUIRE(socket.write_all("GET / HTTP/1.0\r\n\r\n", after(2000)) == Io::ok);
  std::string all;
  char bytes[1024];
  std::size_t got = 0;
  Io io = Io::ok;
  while ((io = socket.read_some(bytes, sizeof bytes, got, after(2000))) == Io::ok)
    all.append(bytes, got);
  CHECK(io == Io::closed);
  CHECK(all.ends_with("all of it"));
  CHECK(socket.ended_properly());
}

TEST_CASE("a hundred connections at once are each answered with their own replies") {
  const Secured kappa;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 100; ++t) {
    threads.emplace_back([&, t] {
      ClientOptions options = kappa.trusting();
      options.connect_timeout_ms = 20'000;
      const rpc::Transport send = connect(kappa.at.server.address(), options);
      for (int i = 0; i < 5; ++i) {
        const std::string target = "/" + std::to_string(t) + "-" + std::to_string(i);
        const auto reply = send({"GET", target});
        right += reply && reply->body == "GET " + target + " 0" ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 500);
}

TEST_CASE("a client over the cap is told so over TLS") {
  auto options = quiet_options();
  options.max_connections = 1;
  const Secured kappa(both_names, options);
  const rpc::Transport first = kappa.client();
  REQUIRE(first({"GET", "/"}));  // and its connection is kept
  const auto second = kappa.client()({"GET", "/"});
  REQUIRE(second);
  CHECK(second->status == 503);
}

TEST_CASE("a token is nowhere on the wire") {
  const std::string token = "c0ffee00c0ffee00c0ffee00c0ffee00";
  const auto handler = [&](const rpc::HttpRequest& request) {
    return rpc::HttpResponse{200, {}, std::string(rpc::field_of(request.fields, "Authorization"))};
  };
  const rpc::HttpRequest request{"GET", "/", {{"Authorization", "Bearer " + token}}, ""};
  const Secured kappa(both_names, quiet_options(), handler);
  const Relay relay(kappa.at.server.address());
  CHECK(connect(relay.address(), kappa.trusting())(request)->body == "Bearer " + token);
  CHECK(relay.seen().size() > 500);
  CHECK_FALSE(has(relay.seen(), token));
  CHECK_FALSE(has(relay.seen(), "Authorization"));

  Listening plain(quiet_options(), handler);  // a relay that would see it
  const Relay open(plain.server.address());
  CHECK(connect(open.address(), {})(request)->body == "Bearer " + token);
  CHECK(has(open.seen(), token));
}

TEST_CASE("a client that works for one who went away hangs up, also on a new connection") {
  std::atomic<bool> inside = false, left = false;
  const Secured kappa(both_names, quiet_options(), [&](const rpc::HttpRequest&) {
    inside = true;
    left = eventually([] { return has_left(client_of_this_thread()); });
    return rpc::HttpResponse{};
  });
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Fd ours(ends[0]);
  Fd theirs(ends[1]);
  ClientOptions options = kappa.trusting();
  options.leave_with_client = true;
  const ClientScope scope(ours.get());
  std::thread leaving([&] {
    eventually([&] { return inside.load(); });
    theirs.reset();
  });
  const auto reply = connect(kappa.at.server.address(), options)({"GET", "/"});
  leaving.join();
  REQUIRE_FALSE(reply);
  CHECK(has(reply.error().detail, "whoever asked went away"));
  CHECK(eventually([&] { return left.load(); }));
}

TEST_CASE("TLS is 1.2 or 1.3, with forward secrecy, for HTTP/1.1, and sessions are resumed") {
  const Secured kappa;
  const std::string client = "openssl s_client -connect 127.0.0.1:" + kappa.port() + " -CAfile " +
                             kappa.authority.certificate() + " ";
  const auto tried = [&](const std::string& words) {
    return printed_by(client + words + " </dev/null");
  };
  CHECK(has(tried("-tls1_3"), "Verify return code: 0 (ok)"));
  CHECK(has(tried("-tls1_2"), "Verify return code: 0 (ok)"));
  CHECK(has(tried("-tls1_1 -cipher ALL:@SECLEVEL=0"), "Cipher is (NONE)"));
  CHECK(has(tried("-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA"), "Cipher is (NONE)"));
  CHECK(has(tried("-alpn h2,http/1.1"), "ALPN protocol: http/1.1"));
  CHECK(has(tried("-alpn h2"), "no application protocol"));
  const std::string asks = kappa.authority.at("asks");  // a renegotiation, and then no end of input
  CHECK(has(printed_by("mkfifo " + asks + "; exec 3<>" + asks + "; printf 'R\\n' >&3; timeout 20 " +
                       client + "-tls1_2 <&3"),
            "no renegotiation"));
  const std::string session = kappa.authority.at("session");
  CHECK(has(tried("-tls1_2 -sess_out " + session), "New, TLSv1.2"));
  CHECK(has(tried("-tls1_2 -sess_in " + session), "Reused, TLSv1.2"));
}

}  // namespace
}  // namespace kappa::net::test
