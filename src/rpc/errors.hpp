// Errors over HTTP: to a status and a body in the original Kappa's shape, and back again, equal.
#pragma once

#include <string_view>

#include "rpc/http.hpp"

namespace kappa::rpc {

/// The one HTTP status of each code.
unsigned status_of(Code code);

/// Which part of the request a fault's pointer points into, by its first name: "path", "query" or
/// "body".
using SectionOf = std::string_view (*)(std::string_view name);
/// For an error that no single request's description explains.
std::string_view in_body(std::string_view name);

/// {"detail": ..., "code": ..., "faults": [...]}. `detail` is a text; for `invalid` the original's
/// list of
/// {"loc", "msg", "type"}; for `invalid_argument` {"invalid_argument": NAME}.
HttpResponse to_response(const Error& error, SectionOf section_of = in_body);

/// Whether what was asked for may have been done, or may yet be.
bool is_in_doubt(const Error& error);

/// What a reply of 400 or more says; `unavailable` when it is none of ours.
Error to_error(const HttpResponse& response);

}  // namespace kappa::rpc
