// Read whole, then by OpenSSL: its own reading asks terminals for passphrases, and looks at no
// permissions.
#include "net/pem.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "base/fd.hpp"
#include "base/read_file.hpp"

namespace kappa::net {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

constexpr const char* key_is = "tls.key";

int no_passphrase(char*, int, int, void*) { return -1; }

Bio bio_of(const std::string& text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) throw std::bad_alloc();
  ERR_clear_error();
  return bio;
}

Result<std::string> secret_text(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0)
    return file_fault(key_is, file, std::string("cannot be read: ") + std::strerror(errno));
  if ((status.st_mode & 077) != 0) {
    return file_fault(key_is, file,
                      "others may read it; protect it with: chmod 600 '" + file + "'");
  }
  auto text = read_to_end(fd.get());
  if (!text) return file_fault(key_is, file, "cannot be read: " + text.error().detail);
  return text;
}

}  // namespace

void FreePem::operator()(x509_st* certificate) const { X509_free(certificate); }
void FreePem::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Error file_fault(const std::string& what, const std::string& file, const std::string& why) {
  return {Code::unavailable, what + " '" + file + "': " + why};
}

std::string openssl_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason == nullptr ? "no reason is known" : reason;
}

Result<std::vector<Certificate>> certificates_in(const std::string& what, const std::string& file) {
  const auto text = read_file(file);
  if (!text) return file_fault(what, file, "cannot be read: " + text.error().detail);
  const Bio bio = bio_of(*text);
  std::vector<Certificate> found;
  for (;;) {
    Certificate certificate(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) break;
    found.push_back(std::move(certificate));
  }
  const bool broken = ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
  if (broken) return file_fault(what, file, "a certificate in it is broken: " + openssl_reason());
  if (found.empty())
    return file_fault(what, file, "holds no certificate: no line '-----BEGIN CERTIFICATE-----'");
  return found;
}

Result<PrivateKey> key_in(const std::string& file) {
  std::string text = TRY(secret_text(file));
  PrivateKey key(PEM_read_bio_PrivateKey(bio_of(text).get(), nullptr, no_passphrase, nullptr));
  const bool locked = text.find("ENCRYPTED") != text.npos;
  OPENSSL_cleanse(text.data(), text.size());
  if (key) return key;
  if (!locked) return file_fault(key_is, file, "holds no private key in PEM form");
  return file_fault(key_is, file,
                    "wants a passphrase, which nobody is there to give; take it off with: openssl "
                    "pkey -in '" +
                        file + "' -out NEW_FILE");
}

}  // namespace kappa::net
