// What a server proves to be itself with.
#pragma once

#include <memory>
#include <string>

#include "kappa/core.hpp"
#include "net/tls.hpp"

namespace kappa::net {

/// The keys of kappa.toml's [tls]; each a PEM file's path, or "".
struct TlsOptions {
  std::string certificate;  ///< ours, then those that lead from it to an authority
  std::string key;          ///< the certificate's private key
  std::string authorities;  ///< who is trusted beside whom the machine trusts, as a client
};
BOOST_DESCRIBE_STRUCT(TlsOptions, (), (certificate, key, authorities))

/// A certificate and its key, which are read again when their files change. Thread-safe.
class TlsIdentity {
 public:
  /// unavailable: a file cannot be read or is not what it should be, others may read the key, it is
  /// not the certificate's, or the certificate is not valid now. Says which file, and what to do.
  static Result<std::unique_ptr<TlsIdentity>> open(const TlsOptions& options);
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;
  ~TlsIdentity();

  /// The server's side of a new session: TLS 1.2 at least, with forward secrecy, for HTTP/1.1.
  std::unique_ptr<TlsSession> session();

 private:
  explicit TlsIdentity(std::unique_ptr<FollowedContext> context);
  std::unique_ptr<FollowedContext> context_;
};

}  // namespace kappa::net
