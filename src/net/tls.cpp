// OpenSSL over two memory buffers.
#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace kappa::net {

void TlsSession::Free::operator()(ssl_st* session) const { SSL_free(session); }

TlsSession::Step TlsSession::step_of(int result) const {
  if (result > 0) return Step::done;
  return SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ ? Step::needs_input
                                                                      : Step::over;
}

TlsSession::Step TlsSession::shake_hands() {
  ERR_clear_error();
  return step_of(SSL_do_handshake(session_.get()));
}

TlsSession::Step TlsSession::look() {
  ERR_clear_error();
  char byte = 0;
  std::size_t got = 0;
  return step_of(SSL_peek_ex(session_.get(), &byte, 1, &got));
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

void TlsSession::end() {
  ERR_clear_error();
  if (SSL_is_init_finished(session_.get()) == 1) SSL_shutdown(session_.get());
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

}  // namespace kappa::net
