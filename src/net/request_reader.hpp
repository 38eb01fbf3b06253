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
  bool head_only = false;  ///< the request was HEAD, whose refusal has no body either
  std::optional<rpc::HttpResponse> answer = {};  ///< instead of what `detail` would be
};

struct Incoming {
  rpc::HttpRequest request;
  bool keep_alive = true;
  bool chunks = true;  ///< the peer speaks HTTP/1.1 and takes a chunked reply
};

/// The connection is over, with nothing left to say.
struct Gone {};

/// What a head says beside what Beast reads from it.
struct Head {
  bool keep_alive = true;  ///< RFC 9112 9.3, over all Connection fields
};

/// Looks at a request's head, its last empty line included, as a strict reader of RFC 9112 does:
/// Beast 1.81 takes requests without Host, folded lines, several lengths, and codings after which
/// it finds no body.
std::variant<Head, Refusal> check_head(std::string_view head);
/// Whether no line of HTTP may hold it (RFC 9110 5.5): control characters but the tab.
bool is_control(char c);
/// Whether a request may begin so: TLS, say, does not.
bool begins_a_head(char c);

/// Reads one connection's requests in turn; what arrives early is kept for the next.
class RequestReader {
 public:
  RequestReader(const Socket& socket, const ServerOptions& options,
                const rpc::BodyRefusal& refuses_body)
      : socket_(socket), options_(options), refuses_body_(refuses_body) {}

  /// Waits for the next request; `waker` readable means that no more shall begin, and that one
  /// which has begun gets but a second more. A connection's first request gets leave_ms to begin:
  /// who has just connected is about to send it.
  std::variant<Incoming, Refusal, Gone> next(int waker);

 private:
  std::variant<Incoming, Refusal, Gone> read(int waker);
  std::variant<std::size_t, Refusal, Gone> read_head(int waker);
  std::variant<Incoming, Refusal, Gone> read_rest(std::size_t head_size, const Head& head,
                                                  int waker);
  /// Adds what arrives to the buffer.
  Io read_more(Deadline& deadline, int& waker);

  const Socket& socket_;
  const ServerOptions& options_;
  const rpc::BodyRefusal& refuses_body_;
  std::string buffer_;      // what has arrived and is not taken yet
  bool asked_ = false;      // a request was read before
  bool head_only_ = false;  // of the request that is read
  bool readable_ = false;   // what was waited for has not been read yet
};

}  // namespace kappa::net
