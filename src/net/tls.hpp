// TLS between bytes and records; the sockets stay with net/socket.hpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kappa/core.hpp"

struct ssl_st;

namespace kappa::net {

class FollowedContext;

/// One side of one TLS connection. Does no I/O: what the peer sent goes in by take_input(), what it
/// shall get comes out by give_output(). Used by one thread at a time.
class TlsSession {
 public:
  enum class Step {
    done,
    needs_input,  ///< more of what the peer sends
    over,         ///< the peer has ended the session, or broken it
  };

  explicit TlsSession(ssl_st* session) : session_(session) {}

  /// Agrees on keys; a client's side looks at the peer's certificate. When that is `over`, fault()
  /// says why.
  Step shake_hands();
  /// Whether decrypt() would be done, or over, without more input.
  Step look();
  /// Reads at most `size` bytes into `to`; `got` is more than 0 when it is done.
  Step decrypt(char* to, std::size_t size, std::size_t& got);
  /// Takes all of `bytes`.
  Step encrypt(std::string_view bytes);
  /// Says that this was all: else the peer takes the end for a cut.
  void end();

  void take_input(std::string_view records);
  std::string give_output();
  std::string fault() const;
  /// Whether the peer has said that this was all: else it was cut off.
  bool ended() const;
  ssl_st* handle() const { return session_.get(); }

 private:
  Step step_of(int result) const;

  struct Free {
    void operator()(ssl_st* session) const;
  };
  std::unique_ptr<ssl_st, Free> session_;
};

/// Whom connections that we open trust: the certificates that this machine trusts, or those that
/// the environment's SSL_CERT_FILE and SSL_CERT_DIR name. Thread-safe.
class TlsTrust {
 public:
  /// Trusts those in the PEM file `authorities` too, which is read again when it changes; "" is
  /// none. unavailable: it cannot be read or holds none; says which file.
  static Result<TlsTrust> open(const std::string& authorities);
  TlsTrust(TlsTrust&&) noexcept;
  TlsTrust& operator=(TlsTrust&&) noexcept;
  ~TlsTrust();

  /// A session with a server that must prove to be `host`, a name or an address. TLS 1.2 at least.
  /// Nothing when that cannot be asked for: no certificate can have such a name.
  std::unique_ptr<TlsSession> session(const std::string& host) const;

 private:
  explicit TlsTrust(std::unique_ptr<FollowedContext> context);
  std::unique_ptr<FollowedContext> context_;
};

}  // namespace kappa::net
