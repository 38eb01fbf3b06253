// OpenSSL over two memory buffers.
#include "net/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>

namespace kappa::net {
namespace {

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> unused{};
  return ::inet_pton(AF_INET, host.c_str(), unused.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), unused.data()) == 1;
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* session) const { SSL_free(session); }
void TlsTrust::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsSession::Step TlsSession::step_of(int result) const {
  if (result > 0) return Step::done;
  return SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ ? Step::needs_input
                                                                      : Step::over;
}

TlsSession::Step TlsSession::shake_hands() {
  ERR_clear_error();
  return step_of(SSL_do_handshake(session_.get()));
}

TlsSession::Step TlsSession::decrypt(char* to, std::size_t size, std::size_t& got) {
  ERR_clear_error();
  return step_of(SSL_read_ex(session_.get(), to, size, &got));
}

TlsSession::Step TlsSession::encrypt(std::string_view bytes) {
  if (bytes.empty()) return Step::done;
  ERR_clear_error();
  std::size_t written = 0;
  return step_of(SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &written));
}

void TlsSession::take_input(std::string_view records) {
  BIO_write(SSL_get_rbio(session_.get()), records.data(), static_cast<int>(records.size()));
}

std::string TlsSession::give_output() {
  BIO* out = SSL_get_wbio(session_.get());
  std::string records(BIO_ctrl_pending(out), '\0');
  if (!records.empty()) BIO_read(out, records.data(), static_cast<int>(records.size()));
  return records;
}

bool TlsSession::ended() const {
  return (SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string TlsSession::fault() const {
  const long verified = SSL_get_verify_result(session_.get());
  if (verified != X509_V_OK)
    return std::string("its certificate is not trusted: ") +
           X509_verify_cert_error_string(verified);
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return std::string("TLS fails: ") + (reason == nullptr ? "the peer ended it" : reason);
}

TlsTrust::TlsTrust() : context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context_.get());
}

std::unique_ptr<TlsSession> TlsTrust::open(const std::string& host) const {
  auto session = std::make_unique<TlsSession>(SSL_new(context_.get()));
  SSL* ssl = session->handle();
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  if (ssl == nullptr || in == nullptr || out == nullptr) throw std::bad_alloc();
  SSL_set_bio(ssl, in, out);
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
