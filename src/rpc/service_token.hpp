// Between modules that are apart: the listener asks for a token, the client brings it.
#pragma once

#include <string>

#include "rpc/http.hpp"

namespace kappa::rpc {

/// Lets only requests through that bear `token`; the others are answered unauthorized, whatever
/// they ask.
HttpHandler require_token(HttpHandler handler, const std::string& token);

/// Adds `token` to every request.
Transport with_token(Transport transport, const std::string& token);

}  // namespace kappa::rpc
