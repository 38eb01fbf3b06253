// The client's side: whose certificates are believed.
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>

#include "net/pem.hpp"
#include "net/tls_context.hpp"

namespace kappa::net {
namespace {

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> unused{};
  return ::inet_pton(AF_INET, host.c_str(), unused.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), unused.data()) == 1;
}

Result<TlsContext> make_context(const std::string& authorities) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context.get());
  if (authorities.empty()) return context;
  X509_STORE* store = SSL_CTX_get_cert_store(context.get());
  for (const Certificate& one : TRY(certificates_in("tls.authorities", authorities)))
    X509_STORE_add_cert(store, one.get());
  // A server's own certificate may be named too, whoever signed it.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return context;
}

}  // namespace

TlsTrust::TlsTrust(std::unique_ptr<FollowedContext> context) : context_(std::move(context)) {}
TlsTrust::TlsTrust(TlsTrust&&) noexcept = default;
TlsTrust& TlsTrust::operator=(TlsTrust&&) noexcept = default;
TlsTrust::~TlsTrust() = default;

Result<TlsTrust> TlsTrust::open(const std::string& authorities) {
  std::vector<std::string> files;
  if (!authorities.empty()) files.push_back(authorities);
  return TlsTrust(TRY(FollowedContext::open(std::move(files),
                                            [authorities] { return make_context(authorities); })));
}

std::unique_ptr<TlsSession> TlsTrust::session(const std::string& host) const {
  auto session = context_->session();
  SSL* ssl = session->handle();
  SSL_set_connect_state(ssl);
  bool asked = false;
  if (is_ip_address(host)) {
    asked = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  } else {
    // SSL_set_tlsext_host_name(), whose macro casts in C's way.
    asked = SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                     const_cast<char*>(host.c_str())) == 1 &&
            SSL_set1_host(ssl, host.c_str()) == 1;
  }
  if (!asked) return nullptr;
  return session;
}

}  // namespace kappa::net
