// Addresses in numbers are read at once; names in a thread.
#include "net/resolver.hpp"

#include <future>
#include <system_error>
#include <thread>

namespace kappa::net {
namespace {

constexpr int most_under_way = 32;  // threads that a dead name server may hold

Result<Infos> get_infos(const std::string& host, const std::string& port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0)
    return Error{Code::unavailable, "host '" + host + "': " + ::gai_strerror(failed)};
  return Infos(found);
}

}  // namespace

Result<Infos> Resolver::look_up(const std::string& host, const std::string& port,
                                Deadline deadline) const {
  if (auto numeric = get_infos(host, port, AI_NUMERICHOST)) return numeric;
  const Error busy{Code::unavailable, "host '" + host + "': too many names are being looked up"};
  if (++*under_way_ > most_under_way) {
    --*under_way_;
    return busy;
  }
  std::promise<Result<Infos>> promise;
  auto found = promise.get_future();
  try {
    std::thread([host, port, promise = std::move(promise), under_way = under_way_]() mutable {
      promise.set_value(get_infos(host, port, 0));
      --*under_way;
    }).detach();
  } catch (const std::system_error&) {  // the system gives no more threads
    --*under_way_;
    return busy;
  }
  if (found.wait_until(deadline) == std::future_status::ready) return found.get();
  return Error{Code::unavailable, "host '" + host + "': its name was not looked up in time"};
}

}  // namespace kappa::net
