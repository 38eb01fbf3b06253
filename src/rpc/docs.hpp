// The page at /docs: Swagger UI over the router's own description, from inside the program.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rpc/http.hpp"

namespace kappa::rpc {

/// A file of the page as it was compressed when Kappa was built.
struct DocsFile {
  std::string_view name;  ///< "swagger-ui.css"
  std::string_view type;
  std::string_view tag;
  const char* begin;
  const char* end;
};

/// "index.html" is the page, or says what is missing when Swagger UI is. Made by
/// cmake/docs_page.cmake.
extern const std::span<const DocsFile> docs_files;

/// The page's file of that name, gzip'd (src/net/ undoes that for whoever does not take it), under
/// a policy that lets it load nothing but its own and talk to nobody but this server. 404 when
/// there is none.
HttpResponse docs_reply(const std::string& name);

}  // namespace kappa::rpc
