// Host names looked up within a deadline.
#pragma once

#include <netdb.h>

#include <atomic>
#include <memory>
#include <string>

#include "kappa/core.hpp"
#include "net/socket.hpp"

namespace kappa::net {

struct FreeInfos {
  void operator()(addrinfo* infos) const { ::freeaddrinfo(infos); }
};
/// The addresses of a host, the preferred one first.
using Infos = std::unique_ptr<addrinfo, FreeInfos>;

/// getaddrinfo() knows no deadline, and a name server that is down holds it up for half a minute: a
/// name is looked up in a thread of its own, which nobody waits for past the deadline. Thread-safe;
/// a copy is the same resolver.
class Resolver {
 public:
  /// unavailable: there is no such host, nobody said so in time, or too many looks are under way.
  Result<Infos> look_up(const std::string& host, const std::string& port, Deadline deadline) const;

 private:
  std::shared_ptr<std::atomic<int>> under_way_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace kappa::net
