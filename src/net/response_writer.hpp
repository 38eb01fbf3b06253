// Replies onto a connection: head and body as one write, streams in chunks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "net/socket.hpp"
#include "rpc/http.hpp"

namespace kappa::net {

/// How this connection takes the reply.
struct ReplyManner {
  bool keep_alive = true;
  bool chunks = true;      ///< else a stream ends with the connection
  bool head_only = false;  ///< the request was HEAD
  std::int64_t write_timeout_ms = 0;
  std::function<bool()> unwanted = nullptr;  ///< whether a stream that has nothing to say is to end
};

/// Writes the reply; false when the connection cannot be used any more: it is gone, the peer does
/// not take the reply, or a stream broke off, which its receiver must see. `sent` is the body's
/// bytes.
bool write_reply(const Socket& socket, rpc::HttpResponse& response, const ReplyManner& manner,
                 std::uint64_t& sent);

/// "OK", "Not Found": the words of RFC 9110 beside the number.
std::string_view reason_phrase(unsigned status);

}  // namespace kappa::net
