// What a strict reader of RFC 9112 takes and what it refuses, byte by byte.
#include <atomic>

#include "net/wire.hpp"

namespace kappa::net::test {
namespace {

const std::string simple = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string chunked = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string many(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST_CASE(
    "what a strict reader refuses is refused with its status and a clean end, and nothing after it "
    "is answered") {
  const std::pair<unsigned, std::string> cases[] = {
      {400, "GET /a HTTP/1.1\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\nX: a\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost : x\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n"},
      {400, std::string("GET /a HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 36)},
      {400, "get /a HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET  HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {505, "GET /a HTTP/9.9\r\nHost: x\r\n\r\n"},
      {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"},
      {400,
       "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\nabc"},
      {501, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
      {400, "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"},
      {431, "GET /a HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"},
      {414, "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"},
      {413, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" +
                std::string(100'000, 'x')},
      {400, "\x16\x03\x01\x02\x01\r\n\r\n"},
      // Targets: a path, a URL, or * for OPTIONS.
      {400, "GET * HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET a HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET ftp://x/a HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET http HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET HTTPS HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "OPTIONS http: HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET http:/ HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET http:// HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET http://:80/a HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET http://x@y/a HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET /a\x7f HTTP/1.1\r\nHost: x\r\n\r\n"},
      {501, "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n"},
      // Lines.
      {400, "GET /a HTTP/1.1 \r\nHost: x\r\n\r\n"},
      {400, "GET /a  HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET\t/a\tHTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET /a\r\n\r\n"},
      {400, " GET /a HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "G{T /a HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET /a http/1.1\r\nHost: x\r\n\r\n"},
      {505, "GET /a HTTP/1.2\r\nHost: x\r\n\r\n"},
      {505, "GET /a HTTP/1.10\r\nHost: x\r\n\r\n"},
      {505, "GET /a HTTP/0.9\r\nHost: x\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\n Host: x\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\rX: y\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\r\nX: a\x7f\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\r\nX: a\x1b[31m\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\r\nX(y): z\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\r\nX\xc3\xa9: z\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\r\n: z\r\n\r\n"},
      {431, "GET /a HTTP/1.1\r\nHost: x\r\n" + many("X: y\r\n", 101) + "\r\n"},
      // Hosts.
      {400, "GET /a HTTP/1.1\r\nHost: a b\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x/y\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: u@x\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x:port\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x, y\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: [zz]\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: []\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: a%zz\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x:65536\r\n\r\n"},
      {400,
       "GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"},
      {400, "GET /a HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n"},
      {400, "GET http://x/a HTTP/1.1\r\n\r\n"},
      // Lengths and codings.
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\nabc"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\nabc"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3 3\r\n\r\nabc"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n"},
      {400,
       "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: "
       "3\r\n\r\n0\r\n\r\n"},
      {501, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"},
      {400,
       "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
      {400, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chu\r\n nked\r\n\r\n0\r\n\r\n"},
      {417, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: tea\r\n\r\na"},
      // Chunks.
      {400, chunked + "-1\r\na\r\n0\r\n\r\n"},
      {400, chunked + "0x1\r\na\r\n0\r\n\r\n"},
      {400, chunked + "1 \r\na\r\n0\r\n\r\n"},
      {400, chunked + " 1\r\na\r\n0\r\n\r\n"},
      {400, chunked + "\r\na\r\n0\r\n\r\n"},
      {400, chunked + "1\na\r\n0\r\n\r\n"},
      {400, chunked + "1\r\nab\r\n0\r\n\r\n"},
      {400, chunked + "1\r\na0\r\n\r\n"},
      {400, chunked + "1\r\na\n0\r\n\r\n"},
      {400, chunked + "1;x\ny\r\na\r\n0\r\n\r\n"},
      {400, chunked + "1;x\ry\r\na\r\n0\r\n\r\n"},
      {400, chunked + "1;a=\"\n\"\r\na\r\n0\r\n\r\n"},
      {400, chunked + "1;a=\"\\\n\"\r\na\r\n0\r\n\r\n"},
      {400, chunked + "1;a=\"\x1b\"\r\na\r\n0\r\n\r\n"},
      {400, chunked + "1;a=\"\x7f\"\r\na\r\n0\r\n\r\n"},
      {400, chunked + "10000000000000000\r\na\r\n0\r\n\r\n"},
      {413, chunked + "fffffffffffffff\r\na\r\n0\r\n\r\n"},
      {400, chunked + "0\r\nT\r\n\r\n"},
      {400, chunked + "0\r\nT: a\nU: b\r\n\r\n"},
      {431, chunked + "1;" + std::string(40'000, 'x') + "\r\na\r\n0\r\n\r\n"},
      {431, chunked + "0\r\nT: " + std::string(40'000, 'x') + "\r\n\r\n"},
  };
  Listening at;
  for (const auto& [status, request] : cases) {
    CAPTURE(request.substr(0, 120));
    Wire wire(at.server);
    const std::string reply = wire.send(request + simple).read_all();
    CHECK(reply.starts_with("HTTP/1.1 " + std::to_string(status) + " "));
    CHECK(reply.find("Connection: close\r\n") != reply.npos);
    CHECK(reply.find("{\"detail\":") != reply.npos);
    CHECK(reply.find("GET /a 0") == reply.npos);
    CHECK(wire.last_io() == Io::closed);
  }
}

TEST_CASE("hosts, targets and list fields in every right form are taken") {
  Listening at;
  for (const char* host : {"x", "x:80", "x:", "", "127.0.0.1", "[::1]", "[::1]:8010", "a%20b"}) {
    CAPTURE(host);
    CHECK(
        Wire(at.server)
            .send("GET /a HTTP/1.1\r\nHost: " + std::string(host) + "\r\nConnection: close\r\n\r\n")
            .read_all()
            .starts_with("HTTP/1.1 200"));
  }
  CHECK(Wire(at.server)
            .send(chunked + "1;a=\"quoted \\\" text\";b\r\na\r\n0\r\nT: v\r\n\r\n")
            .read_until("POST /a 1")
            .starts_with("HTTP/1.1 200"));
}

TEST_CASE(
    "whoever says close in any of its fields is closed; HTTP/1.0 stays open only when it asks") {
  Listening at;
  for (const char* fields : {
           "HTTP/1.1\r\nHost: x\r\nConnection: foo\r\nConnection: close\r\n",
           "HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nConnection: Close\r\n",
           "HTTP/1.1\r\nHost: x\r\nConnection: keep-alive ,close\r\n",
           "HTTP/1.0\r\nConnection: keep-alive, close\r\n",
           "HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n",
           "HTTP/1.0\r\n",
       }) {
    CAPTURE(fields);
    Wire wire(at.server);
    const std::string reply = wire.send("GET /a " + std::string(fields) + "\r\n").read_all();
    CHECK(reply.find("\r\nConnection: close\r\n") != reply.npos);
    CHECK(wire.last_io() == Io::closed);
  }
  Wire open(at.server);
  for (int i = 0; i < 2; ++i) {
    CHECK(open.send("GET /a HTTP/1.0\r\nConnection: x\r\nConnection: Keep-Alive\r\n\r\n")
              .read_until("GET /a 0")
              .find("Connection: keep-alive") != std::string::npos);
  }
}

TEST_CASE("a refused HEAD has no body, and what is no HTTP is told so at once") {
  Listening at;
  for (const char* request : {
           "HEAD /a HTTP/1.1\r\n\r\n",
           "HEAD /a HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n",
           "HEAD /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
       }) {
    CAPTURE(request);
    const std::string reply = Wire(at.server).send(request).read_all();
    CHECK(reply.starts_with("HTTP/1.1 4"));
    CHECK(reply.ends_with("\r\n\r\n"));
  }
  for (const std::string& bytes : {std::string("\x16\x03\x01", 3), std::string("GET /a HTTP/1.1\n"),
                                   std::string("\n"), std::string("\0", 1)}) {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(Wire(at.server).send(bytes).read_until("\r\n") == "HTTP/1.1 400 Bad Request\r\n");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
  }
}

TEST_CASE("whoever is refused while it sends much, and slowly, still reads why") {
  auto options = quiet_options();
  options.body_bytes = 1000;
  Listening at(options);
  Wire wire(at.server);
  wire.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n");
  const std::string piece(1'000'000, 'x');
  const auto begin = std::chrono::steady_clock::now();
  for (int sent = 0; sent < 40; ++sent) wire.send(piece);
  while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(1500)) wire.send("x");
  CHECK(wire.last_send() == Io::ok);  // else it would never come to reading
  const std::string reply = wire.read_until("[]}");
  CHECK(reply.starts_with("HTTP/1.1 413 "));
  CHECK(wire.last_io() == Io::ok);
}

TEST_CASE("a chunked body over the limit is refused while it arrives") {
  auto options = quiet_options();
  options.body_bytes = 1000;
  Listening at(options);
  Wire wire(at.server);
  wire.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 4; ++i) wire.send("200\r\n" + std::string(512, 'x') + "\r\n");
  CHECK(wire.read_all().starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a body that its head does not warrant is not asked for, and ends the connection") {
  std::atomic<int> handled = 0;
  const auto counted = [&](const rpc::HttpRequest& request) {
    ++handled;
    return echo(request);
  };
  Server server(quiet_options(), counted, nullptr,
                [](const rpc::HttpRequest& head) -> std::optional<rpc::HttpResponse> {
                  if (rpc::field_of(head.fields, "Authorization") == "Bearer t")
                    return std::nullopt;
                  return rpc::HttpResponse{401, {{"WWW-Authenticate", "Bearer"}}, "who are you?"};
                });
  REQUIRE(server.listen("127.0.0.1:0"));
  const std::string head = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n";
  for (const char* more : {"", "Expect: 100-continue\r\n", "Authorization: Bearer u\r\n"}) {
    CAPTURE(more);
    Wire wire(server);
    const std::string reply = wire.send(head + more + "\r\n").read_all();
    CHECK(reply.starts_with("HTTP/1.1 401"));
    CHECK(reply.find("WWW-Authenticate: Bearer\r\n") != reply.npos);
    CHECK(reply.find("Connection: close") != reply.npos);
    CHECK(reply.ends_with("who are you?"));
  }
  Wire endless(server);
  endless.send(chunked);
  CHECK(endless.read_all().starts_with("HTTP/1.1 401"));
  CHECK(handled == 0);
  Wire wire(server);
  wire.send("POST /a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: 1\r\n\r\na");
  CHECK(wire.read_until("POST /a 1").ends_with("POST /a 1"));
  wire.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(wire.read_until("GET /b 0").ends_with("GET /b 0"));
}

TEST_CASE(
    "Expect: 100-continue is answered before the body is sent, but not when the body is too "
    "large") {
  Listening at;
  Wire wire(at.server);
  wire.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK(wire.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(wire.send("abc").read_until("POST /a 3").starts_with("HTTP/1.1 200 OK"));
  Wire large(at.server);
  large.send(
      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
  CHECK(large.read_all().starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a trailer does not pass for a field, and HTTP/1.0 is not told to go on") {
  Listening at(quiet_options(), [](const rpc::HttpRequest& request) {
    return rpc::HttpResponse{
        200, {}, "<" + std::string(rpc::field_of(request.fields, "Authorization")) + ">"};
  });
  Wire wire(at.server);
  CHECK(wire.send(chunked + "1\r\na\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n")
            .read_until(">")
            .ends_with("<>"));
  CHECK(wire.send("POST /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
            .send("a")
            .read_all()
            .starts_with("HTTP/1.1 200"));
}

}  // namespace
}  // namespace kappa::net::test
