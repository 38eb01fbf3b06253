// One number per thread.
#include "base/client_watch.hpp"

#include <poll.h>

namespace kappa {
namespace {

thread_local int client = -1;

}  // namespace

ClientScope::ClientScope(int socket) : before_(client) { client = socket; }
ClientScope::~ClientScope() { client = before_; }

int client_of_this_thread() { return client; }

bool has_left(int socket) {
  pollfd watched{socket, POLLRDHUP, 0};
  return ::poll(&watched, 1, 0) > 0;
}

}  // namespace kappa
