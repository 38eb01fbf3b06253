// From a request to its operation: paths with and without trailing slash, methods, and what OpenAPI
// is made from.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/codec.hpp"
#include "rpc/http.hpp"
#include "rpc/operation_text.hpp"
#include "rpc/url.hpp"

namespace kappa::rpc {

/// A path or query parameter as OpenAPI describes it.
struct ParameterDoc {
  std::string name;
  std::string_view in;  ///< "path" or "query"
  bool required = true;
  std::string schema;
  bool takes_rest = false;  ///< stands for all query parameters that no other names
};

/// An operation as OpenAPI describes it.
struct OperationDoc {
  std::string_view verb;
  std::string_view path;
  std::string_view name;
  std::string_view summary;
  bool needs_caller = false;
  std::vector<ParameterDoc> parameters = {};
  std::string body_schema = {};      ///< "" when it takes none
  std::string reply_schema = {};     ///< "" when the reply is a stream
  std::string_view media_type = {};  ///< of a stream that is text
  bool acts = false;                 ///< a GET that neither HEAD nor a prefetch may set off
  OperationText text = {};
};

/// What a path's holes and the query hold for one request.
struct RouteMatch {
  std::vector<std::pair<std::string_view, std::string>> path;
  const Target& target;
};

/// Filled before the server starts, then only read: handle() is thread-safe.
class Router {
 public:
  using Operation = std::function<HttpResponse(const HttpRequest&, const RouteMatch&)>;

  Router(std::string title, std::string version);

  /// `verb` and `path` must outlive the router; they are a Route's.
  void add(OperationDoc doc, Operation operation);
  Definitions& definitions() { return definitions_; }
  /// Says more about operations added before, as read_operation_texts() has it. Throws
  /// std::logic_error when it names an operation that is not there.
  void explain(std::string_view markdown);
  /// Says in the description that each operation wants a token of its listener's.
  void describe_as_guarded() { guarded_ = true; }
  /// Routes one request. /openapi.json and /docs are the router's own. Unknown paths are 404, known
  /// ones with another method 405 with Allow; of two paths that match, the one with more literal
  /// segments wins. HEAD is answered as GET, whose body the socket leaves out; OPTIONS with Allow.
  HttpResponse handle(const HttpRequest& request) const;
  /// The description of all operations, OpenAPI 3.0.3.
  std::string openapi() const;
  /// The same as a page for people, Markdown.
  std::string reference() const;

 private:
  struct Entry {
    OperationDoc doc;
    std::vector<std::string_view> segments;
    Operation operation;
  };
  /// What a path's entries say to a method.
  struct Found {
    const Entry* entry = nullptr;
    std::string allow;  ///< the methods that the path takes
  };
  HttpResponse description() const;
  Found find(const std::string& method, const Target& target) const;

  bool guarded_ = false;
  std::string title_;
  std::string version_;
  std::vector<Entry> entries_;
  Definitions definitions_;
  mutable std::once_flag described_;  // at the first question, when all operations are there
  mutable std::string description_;
  mutable std::string description_tag_;
};

}  // namespace kappa::rpc
