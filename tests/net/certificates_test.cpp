// Which certificates are served with and believed, and how they are renewed.
#include <sys/stat.h>

#include <cstdio>
#include <fstream>

#include "net/secured.hpp"

namespace kappa::net::test {
namespace {

std::string refusal_of(const TlsOptions& options) {
  const auto identity = TlsIdentity::open(options);
  REQUIRE_FALSE(identity);
  CHECK(identity.error().code == Code::unavailable);
  return identity.error().detail;
}

TEST_CASE("a server that is not whom it should be is not spoken to") {
  const Secured kappa("DNS:kappa.example.org");
  CHECK(has(distrust_of("https://localhost:" + kappa.port(), kappa.trusting()),
            "its certificate is not trusted: hostname mismatch"));
  CHECK(has(distrust_of("https://127.0.0.1:" + kappa.port(), kappa.trusting()),
            "its certificate is not trusted: IP address mismatch"));
  CHECK(
      has(distrust_of("https://localhost:" + kappa.port(), {}), "its certificate is not trusted"));
  const Authority other;
  ClientOptions trusting_other;
  trusting_other.authorities = other.certificate();
  CHECK(has(distrust_of("https://localhost:" + kappa.port(), trusting_other),
            "its certificate is not trusted"));
}

TEST_CASE("a certificate may be trusted itself, whoever signed it") {
  const Secured kappa;
  ClientOptions options;
  options.authorities = kappa.pair.certificate;
  CHECK(connect("https://localhost:" + kappa.port(), options)({"GET", "/"}));
}

TEST_CASE("what leads from a certificate to an authority is sent with it") {
  const Authority root;
  Authority middle(root.own());
  const Pair own = middle.sign(both_names);
  ClientOptions options;
  options.authorities = root.certificate();
  const auto reply_of = [&](const std::string& certificate) {
    const auto identity = must(TlsIdentity::open({certificate, own.key, ""}));
    Listening at(quiet_options(), echo, "https://127.0.0.1:0", identity.get());
    return connect(at.server.address(), options)({"GET", "/"});
  };
  CHECK_FALSE(reply_of(own.certificate));
  const std::string chain = root.at("chain.pem");
  std::ofstream(chain) << std::ifstream(own.certificate).rdbuf()
                       << std::ifstream(middle.certificate()).rdbuf();
  CHECK(reply_of(chain));
}

TEST_CASE("a client takes no certificate that has expired") {
  Authority authority;
  const Pair expired = authority.sign(both_names, -1);
  FILE* server = ::popen(("exec openssl s_server -www -naccept 1 -accept 127.0.0.1:0 -cert " +
                          expired.certificate + " -key " + expired.key + " </dev/null 2>/dev/null")
                             .c_str(),
                         "r");
  REQUIRE(server != nullptr);
  std::string port;
  char line[256];
  while (port.empty() && std::fgets(line, sizeof line, server) != nullptr) {
    const std::string text(line);
    if (text.starts_with("ACCEPT ")) port = text.substr(text.rfind(':') + 1);
  }
  port.erase(port.find_last_not_of("\r\n") + 1);
  ClientOptions options;
  options.authorities = authority.certificate();
  CHECK(has(distrust_of("https://localhost:" + port, options), "certificate has expired"));
  ::pclose(server);
}

TEST_CASE("authorities that cannot be read are told, with their file") {
  ClientOptions options;
  options.authorities = "/nowhere/ca.pem";
  CHECK(has(connect("https://localhost:1", options)({"GET", "/"}).error().detail,
            "tls.authorities '/nowhere/ca.pem': cannot be read"));
  const Authority authority;
  options.authorities = authority.at("ca.key");
  CHECK(has(connect("https://localhost:1", options)({"GET", "/"}).error().detail,
            "holds no certificate"));
}

TEST_CASE("a pair that cannot serve is told with its file and the reason") {
  Authority authority;
  const Pair good = authority.sign(both_names);
  const Pair other = authority.sign(both_names);
  const Pair expired = authority.sign(both_names, -1);
  CHECK(has(refusal_of({"/nowhere/a.pem", good.key, ""}),
            "tls.certificate '/nowhere/a.pem': cannot be read"));
  CHECK(has(refusal_of({good.certificate, "/nowhere/a.key", ""}),
            "tls.key '/nowhere/a.key': cannot be read: No such file"));
  CHECK(has(refusal_of({good.key, good.key, ""}), "holds no certificate"));
  CHECK(has(refusal_of({good.certificate, good.certificate, ""}), "others may read it"));
  ::chmod(good.certificate.c_str(), 0600);
  CHECK(has(refusal_of({good.certificate, good.certificate, ""}), "holds no private key"));
  CHECK(has(refusal_of({good.certificate, other.key, ""}),
            "tls.key '" + other.key + "': is not the key of the certificate in '" +
                good.certificate + "'"));
  CHECK(has(refusal_of({expired.certificate, expired.key, ""}),
            "tls.certificate '" + expired.certificate + "': it expired on "));
  const Pair later = authority.sign_for_later();
  CHECK(has(refusal_of({later.certificate, later.key, ""}),
            "it is not valid before 2090-01-01 00:00 UTC"));
  ::chmod(good.key.c_str(), 0640);
  CHECK(has(refusal_of({good.certificate, good.key, ""}), "protect it with: chmod 600 '"));
  ::chmod(good.key.c_str(), 0600);
  openssl("pkey -aes256 -passout pass:secret -in " + good.key + " -out " + authority.at("locked"));
  ::chmod(authority.at("locked").c_str(), 0600);
  CHECK(has(refusal_of({good.certificate, authority.at("locked"), ""}), "wants a passphrase"));
  std::ofstream(good.certificate, std::ios::app)
      << "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
  CHECK(has(refusal_of({good.certificate, good.key, ""}), "a certificate in it is broken"));
}

TEST_CASE("https without a certificate is not listened at") {
  Server server(quiet_options(), echo);
  CHECK(has(server.listen("https://127.0.0.1:0").error().detail, "wants a certificate"));
}

TEST_CASE("a new certificate is used without a restart; while the new pair does not fit the old") {
  Secured kappa;
  Authority next;
  const Pair fresh = next.sign(both_names);
  ClientOptions trusting_next;
  trusting_next.authorities = next.certificate();
  const std::string url = "https://localhost:" + kappa.port();
  const rpc::Transport kept = kappa.client();
  REQUIRE(kept({"GET", "/"}));
  CHECK_FALSE(connect(url, trusting_next)({"GET", "/"}));

  kappa::test::replace_file(fresh.certificate, kappa.pair.certificate);
  const auto past_a_look = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  bool old_held = true;
  CHECK(eventually([&] {
    old_held = old_held && kappa.client()({"GET", "/"});
    return std::chrono::steady_clock::now() > past_a_look;
  }));
  CHECK(old_held);

  kappa::test::replace_file(fresh.key, kappa.pair.key);
  CHECK(eventually([&] { return bool(connect(url, trusting_next)({"GET", "/"})); }));
  CHECK_FALSE(kappa.client()({"GET", "/"}));
  CHECK(kept({"GET", "/"}));  // a connection that is open goes on
}

TEST_CASE("authorities are read again when they change") {
  const Secured kappa;
  const Authority other;
  const std::string file = kappa.authority.at("trusted.pem");
  std::filesystem::copy_file(other.certificate(), file);
  ClientOptions options;
  options.authorities = file;
  const rpc::Transport send = connect("https://localhost:" + kappa.port(), options);
  CHECK_FALSE(send({"GET", "/"}));
  kappa::test::replace_file(kappa.authority.certificate(), file);
  CHECK(eventually([&] { return bool(send({"GET", "/"})); }));
}

}  // namespace
}  // namespace kappa::net::test
