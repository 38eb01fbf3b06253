// Replies off a connection.
#pragma once

#include <functional>
#include <memory>

#include "net/client.hpp"
#include "net/socket.hpp"
#include "rpc/http.hpp"

namespace kappa::net {

/// What happens to a connection whose reply was read to its end and that stays open.
using Keep = std::function<void(std::unique_ptr<Socket>)>;

/// Reads one reply, by `end` at the latest; a stream's rest is read by its next(). unavailable:
/// closed, malformed, late or too large.
Result<rpc::HttpResponse> read_reply(std::unique_ptr<Socket> socket, bool head_only,
                                     const ClientOptions& options, Deadline end, Keep keep);

}  // namespace kappa::net
