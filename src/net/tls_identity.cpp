// The server's side. Everything about the pair is looked at before it is used.
#include "net/tls_identity.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <new>

#include "net/pem.hpp"
#include "net/tls_context.hpp"

namespace kappa::net {
namespace {

constexpr const char* certificate_is = "tls.certificate";
// What every client of the last ten years has, and nothing without forward secrecy. TLS 1.3 has
// suites of its own, all good.
constexpr const char* tls12_suites = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// "2026-11-24 11:00 UTC"
std::string text_of(const ASN1_TIME* time) {
  std::tm utc{};
  std::array<char, 32> text{};
  ASN1_TIME_to_tm(time, &utc);
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &utc)};
}

Result<Nothing> check_times(X509* certificate, const std::string& file) {
  const ASN1_TIME* begin = X509_get0_notBefore(certificate);
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(end) <= 0) {
    return file_fault(certificate_is, file,
                      "it expired on " + text_of(end) + "; put a new one in its place");
  }
  if (X509_cmp_current_time(begin) > 0) {
    return file_fault(certificate_is, file,
                      "it is not valid before " + text_of(begin) +
                          "; put another in its place, or set the clock");
  }
  return Nothing{};
}

/// RFC 7301: who names protocols, and not ours, is told so now and not by our first reply.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned int in_size, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

TlsContext empty_context() {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.get(), tls12_suites);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);  // a resting connection is cheap
  // Sessions are resumed by tickets, which the client keeps; one is enough for it.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 1);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return context;
}

Result<TlsContext> make_context(const TlsOptions& options) {
  const std::string& file = options.certificate;
  auto chain = TRY(certificates_in(certificate_is, file));
  const auto key = TRY(key_in(options.key));
  X509* own = chain.front().get();
  TRY(check_times(own, file));
  if (X509_check_private_key(own, key.get()) != 1) {
    return file_fault(
        "tls.key", options.key,
        "is not the key of the certificate in '" + file + "', which must stand first there");
  }
  TlsContext context = empty_context();
  if (SSL_CTX_use_certificate(context.get(), own) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
    return file_fault(certificate_is, file, "cannot be used: " + openssl_reason());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    // SSL_CTX_add0_chain_cert(), whose macro casts in C's way.
    SSL_CTX_ctrl(context.get(), SSL_CTRL_CHAIN_CERT, 0, chain[i].release());
  }
  return context;
}

}  // namespace

TlsIdentity::TlsIdentity(std::unique_ptr<FollowedContext> context) : context_(std::move(context)) {}
TlsIdentity::~TlsIdentity() = default;

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::open(const TlsOptions& options) {
  auto context = TRY(FollowedContext::open({options.certificate, options.key},
                                           [options] { return make_context(options); }));
  return std::unique_ptr<TlsIdentity>(new TlsIdentity(std::move(context)));
}

std::unique_ptr<TlsSession> TlsIdentity::session() {
  auto session = context_->session();
  SSL_set_accept_state(session->handle());
  return session;
}

}  // namespace kappa::net
