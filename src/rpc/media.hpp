// What a request brings and what it wants back, by its Content-Type and Accept.
#pragma once

#include <optional>
#include <string_view>

#include "rpc/http.hpp"

namespace kappa::rpc {

/// Whether an Accept field (RFC 9110 12.5.1; "" is none) takes this type with a weight above 0.
bool accepts(std::string_view accept, std::string_view type);

/// Whether an Accept-Encoding field (RFC 9110 12.5.3) takes this content coding with a weight above
/// 0; without a field none is taken.
bool takes_coding(std::string_view accept_encoding, std::string_view coding);

/// Whether a Content-Type is JSON in UTF-8: application/json or application/*+json, with no other
/// charset. An absent one, "", is taken for it.
bool is_json(std::string_view content_type);

/// The refusal of a request whose body is no JSON (415) or that takes no JSON back (406).
std::optional<HttpResponse> media_refusal(const HttpRequest& request, bool wants_json);

}  // namespace kappa::rpc
