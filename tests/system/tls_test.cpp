// The program behind its own TLS: users, the command line, and modules that are apart.
#include <list>

#include "certificates.hpp"
#include "net/client.hpp"
#include "net/relay.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

using net::test::Relay;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

Words tls_flags(const Pair& pair) {
  return {"--tls.certificate", pair.certificate, "--tls.key", pair.key};
}

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string line_of(const Words& words) {
  std::string line;
  for (const std::string& word : words) line += " '" + word + "'";
  return line;
}

/// What `kappa serve` says when it does not start.
std::string refusal_of(const Words& flags) {
  const TempDir dir;
  return printed_by("timeout 20 " KAPPA_PROGRAM " serve --related.enabled false --data '" +
                    (dir.path() / "data").string() + "'" + line_of(flags) +
                    " </dev/null; echo exit code $?");
}

TEST_CASE("the workflow runs over TLS, and no token, password or output can be read on the way") {
  const TempDir dir;
  Authority authority;
  const Pair pair = authority.sign("DNS:localhost");
  const ServerProcess kappa(dir.path() / "data",
                            joined(tls_flags(pair), {"--listen", "https://127.0.0.1:0"}),
                            pair.certificate);
  REQUIRE(kappa.address().starts_with("https://127.0.0.1:"));
  const Relay relay(kappa.address());
  net::ClientOptions options;
  options.authorities = authority.certificate();
  const rpc::Transport send = net::connect(relay.address(), options);
  const std::string user = R"({"username":"ada","password":"correct horse"})";
  REQUIRE(send({"POST", "/signup/", {}, user})->status == 200);
  const std::string login = send({"POST", "/login/", {}, user})->body;
  const std::size_t quote = login.find(":\"") + 2;
  const std::string token = login.substr(quote, login.find('"', quote) - quote);
  REQUIRE(token.size() > 20);
  const std::vector<rpc::HttpField> bearer = {{"Authorization", "Bearer " + token}};
  const std::string code =
      R"({"name":"f","code":"def main(*, n):\n  print('canary')\n  return n\n"})";
  REQUIRE(send({"POST", "/functions/", bearer, code})->status == 200);
  auto lines = send({"GET", "/functions/f/lines/follow", bearer, ""});
  REQUIRE(lines);
  REQUIRE(lines->stream);
  CHECK(send({"POST", "/functions/f/invoke", bearer, R"({"n": 7})"})->status == 200);
  std::string events;
  CHECK(eventually([&] {
    if (const auto piece = lines->stream->next(); piece && *piece) events += **piece;
    return has(events, "canary");
  }));
  lines->stream.reset();

  for (const std::string& secret : {token, std::string("correct horse"), std::string("canary"),
                                    std::string("Bearer"), std::string("/functions")})
    CHECK_FALSE(has(relay.seen(), secret));
}

TEST_CASE("the command line works over https where its authority is trusted") {
  const TempDir dir;
  Authority authority;
  const Pair pair = authority.sign("DNS:localhost");
  const ServerProcess kappa(dir.path() / "data",
                            joined(tls_flags(pair), {"--listen", "https://127.0.0.1:0"}));
  const std::string port = kappa.address().substr(kappa.address().rfind(':'));
  const auto run = [&](const std::string& trust, const std::string& host,
                       const std::string& words) {
    return printed_by("printf 'correct horse\\n' | env -u XDG_CONFIG_HOME HOME='" +
                      dir.path().string() + "' SSL_CERT_DIR=/nowhere SSL_CERT_FILE='" + trust +
                      "' " KAPPA_PROGRAM " --server https://" + host + port + " " + words +
                      "; echo exit code $?");
  };
  const std::string trust = authority.certificate();
  CHECK(has(run(trust, "localhost", "signup --username ada --password-stdin"), "exit code 0"));
  CHECK(has(run(trust, "localhost", "login --username ada --password-stdin"), "exit code 0"));
  CHECK(has(run(trust, "localhost", "whoami"), "ada"));
  CHECK(has(run(trust, "localhost", "whoami"), "exit code 0"));
  const std::string stranger = run("", "localhost", "whoami");
  CHECK(has(stranger, "its certificate is not trusted"));
  CHECK(has(stranger, "SSL_CERT_FILE"));
  CHECK_FALSE(has(stranger, "exit code 0"));
  CHECK(has(run(trust, "127.0.0.1", "signup --username eve --password-stdin"),
            "IP address mismatch"));
  CHECK(has(printed_by("printf 'correct horse\\n' | " KAPPA_PROGRAM " --server http://localhost" +
                       port + " signup --username eve --password-stdin"),
            "TLS is spoken here; begin the address with https://"));
}

TEST_CASE("modules are apart over TLS, and their tokens are nowhere on the wire") {
  const TempDir dir;
  Authority authority;
  const Pair pair = authority.sign("DNS:localhost");
  const Words asked = {"data", "fn_code", "logs", "runner"};  // by the API's process
  Words expose = tls_flags(pair), use = {"--tls.authorities", authority.certificate()};
  for (const std::string& module : asked)
    expose.insert(expose.end(), {"--modules." + module + ".expose", "https://127.0.0.1:0"});
  ServerProcess back(dir.path() / "back", expose);
  std::list<Relay> relays;
  for (const std::string& module : asked) {
    const Relay& relay = relays.emplace_back(back.module_address(module));
    use.insert(use.end(), {"--modules." + module + ".url", relay.address()});
  }
  std::filesystem::create_directory(dir.path() / "front");
  std::filesystem::copy(dir.path() / "back" / "tokens", dir.path() / "front" / "tokens");
  {
    const ServerProcess front(dir.path() / "front", use);
    const std::string token = front.new_user("ada");
    front.create(token, "f", "def main(*, n):\n  print('canary')\n  return n * 2\n");
    CHECK(has(front.send("POST", "/functions/f/invoke", R"({"n": 21})", token).body,
              R"("output":42)"));
    CHECK(has(front.send("GET", "/functions/f/logs", "", token).body, "canary"));
    CHECK(front.send("GET", "/bill", "", token).body == R"({"total":1,"fn":{"f":1}})");
    CHECK(front.send("DELETE", "/functions/f", "", token).status == 200);

    auto relay = relays.begin();
    for (const std::string& module : asked) {
      CAPTURE(module);
      const std::string service =
          printed_by("cat '" + (dir.path() / "back" / "tokens" / module).string() + "'");
      REQUIRE(service.size() > 32);
      CHECK(relay->connections() > 0);
      CHECK_FALSE(has(relay->seen(), service.substr(0, 32)));
      CHECK_FALSE(has(relay->seen(), token));
      CHECK_FALSE(has((relay++)->seen(), "canary"));
    }
  }

  // Whoever is not trusted to be the module gets no token: 503, not a silent fallback.
  const Words distrusting(use.begin() + 2, use.end());
  const ServerProcess stranger(dir.path() / "front", distrusting);
  const auto refused =
      stranger.send("POST", "/signup/", R"({"username":"eve","password":"correct horse"})");
  CHECK(refused.status == 503);
  CHECK(has(refused.body, "its certificate is not trusted"));
}

TEST_CASE("a module is exposed to other machines with TLS and its token, and nowhere else") {
  const TempDir dir;
  Authority authority;
  const Pair pair = authority.sign("DNS:localhost");
  ServerProcess kappa(dir.path() / "data",
                      joined(tls_flags(pair), {"--modules.data.expose", "https://0.0.0.0:0"}));
  const std::string at = kappa.module_address("data");
  net::ClientOptions options;
  options.authorities = authority.certificate();
  const rpc::Transport send = net::connect("https://localhost" + at.substr(at.rfind(':')), options);
  const std::string token =
      printed_by("cat '" + (dir.path() / "data/tokens/data").string() + "'").substr(0, 64);
  const std::vector<rpc::HttpField> bearer = {{"Authorization", "Bearer " + token}};
  CHECK(send({"GET", "/users/1/bill"})->status == 401);
  CHECK(send({"GET", "/users/1/bill", bearer, ""})->status == 200);
  CHECK(kappa.transport()({"GET", "/users/1/bill", bearer, ""})->status == 404);
}

TEST_CASE("what would send tokens unencrypted to another machine is refused, with what to do") {
  const std::string exposed = refusal_of({"--modules.data.expose", "0.0.0.0"});
  CHECK(has(exposed, "flag --modules.data.expose: a module cannot be exposed at 0.0.0.0, where"));
  CHECK(has(exposed, "write https://0.0.0.0 and set tls.certificate and tls.key"));
  const std::string asked = refusal_of({"--modules.data.url", "http://10.0.0.1:8020"});
  CHECK(has(asked, "flag --modules.data.url: http://10.0.0.1:8020 is on another machine"));
  CHECK(has(asked, "write https://10.0.0.1:8020"));
  CHECK(has(refusal_of({"--modules.data.url", "http://127.example.org:80"}), "another machine"));
  CHECK(has(refusal_of({"--listen", "https://127.0.0.1:0"}),
            "tls.certificate: listen begins with https:// and needs it"));
}

TEST_CASE("a pair that cannot serve is told at start and by config check") {
  Authority authority;
  const Pair good = authority.sign("DNS:localhost");
  const Pair other = authority.sign("DNS:localhost");
  const Pair expired = authority.sign("DNS:localhost", -1);
  const Words listen = {"--listen", "https://127.0.0.1:0"};
  const auto told = [&](const Pair& pair, const std::string& what) {
    const Words flags = joined(tls_flags(pair), listen);
    for (const std::string& shown :
         {refusal_of(flags),
          printed_by(KAPPA_PROGRAM " config check" + line_of(flags) + "; echo exit code $?")}) {
      CAPTURE(shown);
      CHECK(has(shown, what));
      CHECK_FALSE(has(shown, "exit code 0"));
    }
  };
  told(expired, "tls.certificate '" + expired.certificate + "': it expired on ");
  told({good.certificate, other.key}, "tls.key '" + other.key + "': is not the key of");
  told({"/nowhere/a.pem", good.key}, "tls.certificate '/nowhere/a.pem': cannot be read");
  ::chmod(good.key.c_str(), 0644);
  told(good, "tls.key '" + good.key + "': others may read it");
  ::chmod(good.key.c_str(), 0600);
  CHECK(has(printed_by(KAPPA_PROGRAM " config check" + line_of(joined(tls_flags(good), listen))),
            "The configuration fits"));
}

TEST_CASE("a certificate is renewed while the program serves") {
  const TempDir dir;
  Authority old, next;
  const Pair pair = old.sign("IP:127.0.0.1");
  const Pair fresh = next.sign("IP:127.0.0.1");
  const ServerProcess kappa(dir.path() / "data",
                            joined(tls_flags(pair), {"--listen", "https://127.0.0.1:0"}),
                            old.certificate());
  CHECK(kappa.send("GET", "/health").status == 200);
  replace_file(fresh.key, pair.key);
  replace_file(fresh.certificate, pair.certificate);
  net::ClientOptions options;
  options.authorities = next.certificate();
  CHECK(eventually([&] {
    return bool(net::connect(kappa.address(), options)({"GET", "/health"}));
  }));
}

}  // namespace
}  // namespace kappa::test
