// Files, and what a browser may do with them.
#include "rpc/docs.hpp"

#include <algorithm>

#include "rpc/errors.hpp"

namespace kappa::rpc {
namespace {

/// Nothing from elsewhere, nothing inline, nothing sent elsewhere, in nobody's frame. Swagger UI's
/// icons are data.
constexpr auto policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

HttpResponse docs_reply(const std::string& name) {
  const auto file = std::find_if(docs_files.begin(), docs_files.end(),
                                 [&](const DocsFile& f) { return f.name == name; });
  if (file == docs_files.end())
    return to_response({Code::not_found, "no such file of the page; it is at /docs"});
  return {200,
          {{"Content-Type", std::string(file->type)},
           {"Content-Encoding", "gzip"},
           {"ETag", std::string(file->tag)},
           {"Cache-Control", "no-cache"},
           {"Content-Security-Policy", policy},
           {"Referrer-Policy", "no-referrer"}},
          std::string(file->begin, file->end)};
}

}  // namespace kappa::rpc
