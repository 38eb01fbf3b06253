// Requests off a connection: Beast's parser behind a stricter look at the head than its own.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "net/server.hpp"
#include "net/socket.hpp"
#include "rpc/http.hpp"

namespace kappa::net {

/// A request that is not taken; the connection ends with this answer.
struct Refusal {
  unsigned status = 400;
  std::string detail;
};

struct Incoming {
  rpc::HttpRequest request;
  bool keep_alive = true;
  bool chunks = true;  ///< the peer speaks HTTP/1.1 and takes a chunked reply
};

/// The connection is over, with nothing left to say.
struct Gone {};

/// What a strict reader of RFC 9112 has against a request's head, its last empty line included:
/// Beast 1.81 takes requests without Host, folded lines, several lengths, and codings after which
/// it finds no body.
std::optional<Refusal> head_fault(std::string_view head);

/// Reads one connection's requests in turn; what arrives early is kept for the next.
class RequestReader {
 public:
  RequestReader(const Socket& socket, const ServerOptions& options)
      : socket_(socket), options_(options) {}

  /// Waits for the next request; `waker` readable means that no more shall begin.
  std::variant<Incoming, Refusal, Gone> next(int waker);

 private:
  std::variant<std::size_t, Refusal, Gone> read_head(int waker);
  std::variant<Incoming, Refusal, Gone> read_rest(std::size_t head_size);

  const Socket& socket_;
  const ServerOptions& options_;
  std::string buffer_;  // what has arrived and is not taken yet
};

}  // namespace kappa::net
