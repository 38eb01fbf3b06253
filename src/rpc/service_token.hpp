// Between modules that are apart: the listener asks for a token, the client brings it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "rpc/http.hpp"

namespace kappa::rpc {

/// Whether a token is one of the listener's. Thread-safe.
using TokenCheck = std::function<bool(std::string_view token)>;
/// Whether what was looked up a moment ago will do.
enum class Look { soon, now };
/// The token to bring. Thread-safe.
using TokenSource = std::function<std::string(Look)>;

/// Lets only requests through that bear a token which `accepts` takes; the others are answered
/// unauthorized, whatever they ask. /openapi.json and /docs are for everybody, as they say nothing
/// of what is stored.
HttpHandler require_token(HttpHandler handler, TokenCheck accepts);
/// Refuses bodies of requests without such a token, those of /openapi.json and /docs too: whoever
/// has none must not fill the memory. It stands beside require_token(), which looks at requests
/// that have no body.
BodyRefusal require_token_for_body(TokenCheck accepts);

/// Adds the token to every request. When the listener at `url` does not accept it, and there is
/// another by now, asks once more: a refused request has done nothing. One that is not accepted is
/// unavailable with the reason, not unauthorized: that would be told to a user whose own token is
/// good.
Transport with_token(Transport transport, TokenSource token, const std::string& url);

}  // namespace kappa::rpc
