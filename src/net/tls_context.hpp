// A TLS context made of files, and made anew when those change.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kappa/core.hpp"
#include "net/tls.hpp"

struct ssl_ctx_st;

namespace kappa::net {

struct FreeContext {
  void operator()(ssl_ctx_st* context) const;
};
/// What sessions have in common: certificates, keys, versions.
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeContext>;

/// Looks at its files once a second at most, when a session is asked for. While what is there
/// cannot be used, what was there before holds, and the log says so. Thread-safe; nobody waits
/// while one reads.
class FollowedContext {
 public:
  /// Makes a context of the files; an error says what is wrong with which.
  using Make = std::function<Result<TlsContext>()>;
  static Result<std::unique_ptr<FollowedContext>> open(std::vector<std::string> files, Make make);

  /// A session of the newest context; which side it is on has still to be said.
  std::unique_ptr<TlsSession> session();

 private:
  /// Of each file what changes when it does: its number, size and times.
  using Version = std::vector<std::array<std::int64_t, 4>>;
  FollowedContext(std::vector<std::string> files, Make make, Version version, TlsContext context);
  static Version version_of(const std::vector<std::string>& files);
  void look_again();

  const std::vector<std::string> files_;
  const Make make_;
  std::mutex looking_;
  Version version_;  // guarded by looking_, as the next two
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
  std::string complaint_;
  std::mutex mutex_;
  TlsContext context_;  // guarded by mutex_
};

}  // namespace kappa::net
