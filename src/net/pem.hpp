// Certificates and keys in files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kappa/core.hpp"

struct evp_pkey_st;
struct x509_st;

namespace kappa::net {

struct FreePem {
  void operator()(x509_st* certificate) const;
  void operator()(evp_pkey_st* key) const;
};
using Certificate = std::unique_ptr<x509_st, FreePem>;
using PrivateKey = std::unique_ptr<evp_pkey_st, FreePem>;

/// unavailable: "WHAT 'FILE': WHY".
Error file_fault(const std::string& what, const std::string& file, const std::string& why);

/// All certificates in a file, in its order; at least one. unavailable: it cannot be read, holds
/// none, or one that is broken; `what` is what the file is called.
Result<std::vector<Certificate>> certificates_in(const std::string& what, const std::string& file);

/// The private key in a file. unavailable: it cannot be read, holds none, wants a passphrase, or
/// others may read it; says what to do.
Result<PrivateKey> key_in(const std::string& file);

/// The newest reason OpenSSL has given this thread.
std::string openssl_reason();

}  // namespace kappa::net
