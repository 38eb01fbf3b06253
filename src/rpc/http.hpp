// An HTTP request and reply as the router and the client side see them; sockets and parsers stay in
// src/net/.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/route.hpp"

namespace kappa::rpc {

struct HttpField {
  std::string name;
  std::string value;
};

/// The value of the first field of that name, in any case; "" when there is none.
std::string_view field_of(const std::vector<HttpField>& fields, std::string_view name);

/// The values of all fields of that name as one list (RFC 9110 5.3); "" when there are none.
std::string list_of(const std::vector<HttpField>& fields, std::string_view name);

struct HttpRequest {
  std::string method;
  std::string target;  ///< origin form: path and query, still percent-encoded
  std::vector<HttpField> fields = {};
  std::string body = {};
  std::string request_id = {};  ///< the server's name for this request, in its log and in its reply
};

struct HttpResponse {
  unsigned status = 200;
  std::vector<HttpField> fields =
      {};  ///< Content-Type among them; Content-Length, Date and Connection are the socket's
  std::string body = {};
  std::optional<Stream> stream = {};  ///< when there, the body comes from it instead, chunked
};

/// The server side. Called from many threads at once; an exception is answered with 500 by whoever
/// called it.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;
/// Looks at a request of which only the head is there yet: an answer for one whose body need not be
/// read, nothing for the others. Called from many threads at once.
using BodyRefusal = std::function<std::optional<HttpResponse>(const HttpRequest& head)>;
/// The client side: a reply, or `unavailable` when none came, whose `contact` says how far it got.
using Transport = std::function<Result<HttpResponse>(const HttpRequest&)>;

}  // namespace kappa::rpc
