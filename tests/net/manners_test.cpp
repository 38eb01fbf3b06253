// What replies go through on their way out, over real connections.
#include "net/manners.hpp"

#include "base/trace.hpp"
#include "net/gzip.hpp"
#include "net/wire.hpp"
#include "rpc/remote.hpp"

namespace kappa::net::test {
namespace {

const std::string large(5000, 'k');

/// "/large": text with a tag; "/small": private; "/binary"; "/none": 204.
rpc::HttpResponse pages(const rpc::HttpRequest& request) {
  if (request.target == "/large")
    return {200,
            {{"Content-Type", "text/plain"}, {"ETag", "\"v1\""}, {"Cache-Control", "no-cache"}},
            large};
  if (request.target == "/binary")
    return {200, {{"Content-Type", "application/octet-stream"}}, large};
  if (request.target == "/none") return {204, {}};
  return {200, {{"Content-Type", "application/json"}}, "{\"end\":1}"};
}

std::string get(const std::string& target, const std::string& fields,
                const std::string& method = "GET") {
  return method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fields + "\r\n";
}

std::string ask(const Server& server, const std::string& request) {
  return Wire(server).send(request).read_all();
}

bool has(const std::string& reply, const std::string& line) {
  return reply.find("\r\n" + line + "\r\n") != reply.npos;
}

std::string body_of(const std::string& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }

TEST_CASE("what nobody called cacheable is not to be stored, and no type is guessed at") {
  Listening at(quiet_options(), pages);
  const std::string reply = ask(at.server, get("/small", ""));
  CHECK(has(reply, "Cache-Control: no-store"));
  CHECK(has(reply, "X-Content-Type-Options: nosniff"));
  CHECK(has(ask(at.server, get("/large", "")), "Cache-Control: no-cache"));
}

TEST_CASE("who has what the tag names is told so, without a body") {
  Listening at(quiet_options(), pages);
  for (const char* known : {"\"v1\"", "W/\"v1\"", "*", "\"v0\", \"v1\"", "\"v1\" , \"v2\""}) {
    CAPTURE(known);
    const std::string reply =
        ask(at.server, get("/large", "If-None-Match: " + std::string(known) + "\r\n"));
    CHECK(reply.starts_with("HTTP/1.1 304 Not Modified\r\n"));
    CHECK(body_of(reply).empty());
    CHECK(has(reply, "ETag: \"v1\""));
    CHECK(reply.find("\r\nContent-") == reply.npos);
    CHECK(has(reply, "Vary: Accept-Encoding"));
  }
  CHECK(ask(at.server, get("/large", "If-None-Match: \"x\"\r\nIf-None-Match: \"v1\"\r\n"))
            .starts_with("HTTP/1.1 304"));
  for (const char* other : {"\"v0\"", "v1", "\"v1", "\"v11\"", "", "x\"v1\"", "w/\"v1\""}) {
    CAPTURE(other);
    CHECK(ask(at.server, get("/large", "If-None-Match: " + std::string(other) + "\r\n"))
              .starts_with("HTTP/1.1 200"));
  }
  CHECK(ask(at.server, get("/large", "If-None-Match: \"v1\"\r\n", "POST"))
            .starts_with("HTTP/1.1 200"));
}

TEST_CASE("what is large and text is compressed for those who take it so") {
  Listening at(quiet_options(), pages);
  const std::string reply = ask(at.server, get("/large", "Accept-Encoding: br, gzip;q=0.5\r\n"));
  CHECK(has(reply, "Content-Encoding: gzip"));
  CHECK(has(reply, "Vary: Accept-Encoding"));
  CHECK(has(reply, "ETag: W/\"v1\""));
  CHECK(body_of(reply).size() < 200);
  CHECK(gunzip(body_of(reply)) == large);
  CHECK(ask(at.server, get("/large", "Accept-Encoding: gzip\r\nIf-None-Match: W/\"v1\"\r\n"))
            .starts_with("HTTP/1.1 304"));
  for (const char* not_so : {"", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip;q=0\r\n",
                             "Accept-Encoding: *;q=0, deflate\r\n"}) {
    CAPTURE(not_so);
    const std::string plain = ask(at.server, get("/large", not_so));
    CHECK(body_of(plain) == large);
    CHECK(has(plain, "Vary: Accept-Encoding"));  // a cache must know that it might have been
  }
  CHECK(has(ask(at.server, get("/large", "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n")),
            "Content-Encoding: gzip"));
  const std::string wanted = "Accept-Encoding: gzip\r\n";
  CHECK(body_of(ask(at.server, get("/binary", wanted))) == large);
  CHECK(body_of(ask(at.server, get("/small", wanted))) == "{\"end\":1}");
}

TEST_CASE("what is kept compressed is sent so only to those who take it") {
  Listening at(quiet_options(), [](const rpc::HttpRequest&) {
    return rpc::HttpResponse{
        200, {{"Content-Type", "text/plain"}, {"Content-Encoding", "gzip"}}, gzip(large)};
  });
  const std::string packed = ask(at.server, get("/", "Accept-Encoding: gzip\r\n"));
  CHECK(has(packed, "Content-Encoding: gzip"));
  CHECK(gunzip(body_of(packed)) == large);
  const std::string plain = ask(at.server, get("/", ""));
  CHECK(plain.find("Content-Encoding") == plain.npos);
  CHECK(has(plain, "Vary: Accept-Encoding"));
  CHECK(body_of(plain) == large);
}

TEST_CASE("a reply that has no body has no length either, and the connection goes on") {
  Listening at(quiet_options(), pages);
  Wire wire(at.server);
  const std::string none =
      wire.send("GET /none HTTP/1.1\r\nHost: x\r\n\r\n").read_until("\r\n\r\n");
  CHECK(none.starts_with("HTTP/1.1 204 No Content\r\n"));
  CHECK(none.find("Content-Length") == none.npos);
  CHECK(wire.send("GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
            .read_until("{\"end\":1}")
            .starts_with("HTTP/1.1 200"));
}

TEST_CASE("pages of the origins that are named may call, others may not") {
  ServerOptions options = quiet_options();
  options.allow_origins = {"https://example.org"};
  Listening at(options, pages);
  const std::string ours = "Origin: https://example.org\r\n";
  const std::string reply = ask(at.server, get("/small", ours));
  CHECK(has(reply, "Access-Control-Allow-Origin: https://example.org"));
  CHECK(has(reply, "Vary: Origin"));
  CHECK(reply.find("Allow-Credentials") == reply.npos);
  const std::string foreign = ask(at.server, get("/small", "Origin: https://example.com\r\n"));
  CHECK(foreign.find("Access-Control") == foreign.npos);
  CHECK(has(foreign, "Vary: Origin"));

  const std::string before = "Access-Control-Request-Method: POST\r\n";
  const std::string allowed = ask(at.server, get("/small", ours + before, "OPTIONS"));
  CHECK(allowed.starts_with("HTTP/1.1 204"));
  CHECK(allowed.find("Access-Control-Allow-Headers: Authorization, Content-Type") != allowed.npos);
  CHECK(has(allowed, "Access-Control-Allow-Origin: https://example.org"));
  const std::string refused =
      ask(at.server, get("/small", "Origin: https://example.com\r\n" + before, "OPTIONS"));
  CHECK(refused.starts_with("HTTP/1.1 403"));
  CHECK(refused.find("http.allow_origins") != refused.npos);

  Listening closed(quiet_options(), pages);
  CHECK(ask(closed.server, get("/small", ours)).find("Access-Control") == std::string::npos);
}

TEST_CASE("an origin is a scheme and a host, nothing behind it") {
  for (const char* right : {"*", "http://127.0.0.1:8000", "https://example.org", "http://[::1]:80"})
    CHECK(is_origin(right));
  for (const char* wrong : {"", "example.org", "https://", "https://example.org/", "null",
                            "https://a b", "https://a\r\nX: y"})
    CHECK_FALSE(is_origin(wrong));
}

TEST_CASE("a client's trace goes on to whoever is asked on its behalf") {
  const std::string id = "0af7651916cd43dd8448eb211c80319c";
  std::string inner_parent, inner_id;
  Listening at(quiet_options(), [&](const rpc::HttpRequest& request) {
    rpc::HttpRequest inner{"GET", "/inner"};
    rpc::detail::add_trace(inner);
    inner_parent = rpc::field_of(inner.fields, "traceparent");
    inner_id = rpc::field_of(inner.fields, "X-Request-Id");
    return pages(request);
  });
  ask(at.server,
      get("/", "traceparent: 00-" + id + "-b7ad6b7169203331-01\r\nX-Request-Id: mine\r\n"));
  CHECK(inner_parent.starts_with("00-" + id + "-"));
  CHECK(inner_parent.ends_with("-01"));
  CHECK(inner_parent.find("b7ad6b7169203331") == inner_parent.npos);
  CHECK(inner_id == "mine");
  ask(at.server, get("/", "traceparent: 00-" + std::string(32, '0') + "-b7ad6b7169203331-01\r\n"));
  CHECK(inner_parent.empty());
  CHECK_FALSE(inner_id.empty());
  CHECK(current_trace() == nullptr);
}

}  // namespace
}  // namespace kappa::net::test
