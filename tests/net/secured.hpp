// A server behind TLS, and clients that trust it.
#pragma once

#include <memory>
#include <string>

#include "certificates.hpp"
#include "net/client.hpp"
#include "net/wire.hpp"

namespace kappa::net::test {

using kappa::test::Authority;
using kappa::test::must;
using kappa::test::openssl;
using kappa::test::Pair;
using kappa::test::printed_by;

inline const std::string both_names = "DNS:localhost,IP:127.0.0.1";

/// A server with a certificate, and clients that trust its authority.
struct Secured {
  Authority authority;
  Pair pair;
  std::unique_ptr<TlsIdentity> identity;
  Listening at;

  explicit Secured(const std::string& names = both_names, ServerOptions options = quiet_options(),
                   rpc::HttpHandler handler = echo)
      : pair(authority.sign(names)),
        identity(must(TlsIdentity::open({pair.certificate, pair.key, ""}))),
        at(options, std::move(handler), "https://127.0.0.1:0", identity.get()) {}

  ClientOptions trusting() const {
    ClientOptions options;
    options.authorities = authority.certificate();
    return options;
  }
  rpc::Transport client() const { return connect(at.server.address(), trusting()); }
  std::string port() const { return parse_address(at.server.address())->port; }
};

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// Of a client that connects to the port by another name, or trusts others.
inline std::string distrust_of(const std::string& url, const ClientOptions& options) {
  const auto reply = connect(url, options)({"GET", "/"});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().contact == Contact::untrusted);
  return reply.error().detail;
}

}  // namespace kappa::net::test
