// What every reply goes through on its way out: caching, conditions, compression, who may read it
// across origins.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rpc/http.hpp"

namespace kappa::net {

/// Completes a reply as its request wants it: no-store unless the handler said otherwise, 304 when
/// the client has what the ETag names, gzip of what is large, text and wanted so, nosniff, and the
/// fields of CORS for origins in `allow_origins`. Streams are left as they are.
void finish_reply(const rpc::HttpRequest& request, const std::vector<std::string>& allow_origins,
                  rpc::HttpResponse& response);

/// The answer to a browser that asks before it sends a request across origins (CORS preflight): 204
/// or 403. Nothing when the request is none.
std::optional<rpc::HttpResponse> answer_preflight(const rpc::HttpRequest& request,
                                                  const std::vector<std::string>& allow_origins);

/// Whether a text is an origin as browsers send it ("http://127.0.0.1:8000"), or "*".
bool is_origin(const std::string& text);

}  // namespace kappa::net
