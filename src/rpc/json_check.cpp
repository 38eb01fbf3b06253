// The whole-text check, by Boost.JSON's parser with a handler that keeps nothing but the open
// objects' keys.
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "rpc/json.hpp"

namespace kappa::rpc {
namespace {

using boost::json::error_code;
using boost::json::string_view;

/// What Boost.JSON calls while it parses; false stops it.
class Checker {
 public:
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    open_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    open_.pop_back();
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& ec) {
    key_.append(part.data(), part.size());
    const bool fresh = open_.back().insert(std::move(key_)).second;
    key_.clear();
    return fresh || stop("an object has the same key twice", ec);
  }
  bool on_string_part(string_view, std::size_t, error_code&) { return true; }
  bool on_string(string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
  bool on_double(double value, string_view, error_code& ec) {
    return std::isfinite(value) || stop("a number is beyond the range of a double", ec);
  }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  const std::string& reason() const { return reason_; }

 private:
  bool stop(const char* reason, error_code& ec) {
    reason_ = reason;
    ec = boost::json::error::syntax;
    return false;
  }

  std::vector<std::set<std::string>>
      open_;  // ordered: a hash's worst case is the sender's to choose
  std::string key_;
  std::string reason_;
};

std::string where(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  std::size_t line = 1;
  for (const char c : before) line += c == '\n' ? 1 : 0;
  const std::size_t start = before.rfind('\n');
  const std::size_t column = offset - (start == before.npos ? 0 : start + 1) + 1;
  return " at line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

std::optional<std::string> json_fault(std::string_view text, std::size_t max_depth) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::basic_parser<Checker> parser(options);
  error_code ec;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && read < text.size()) return "is not one JSON value: more follows" + where(text, read);
  if (!ec) return std::nullopt;
  if (ec == boost::json::error::too_deep) {
    return "nests deeper than " + std::to_string(max_depth) + " levels" + where(text, read);
  }
  if (!parser.handler().reason().empty()) return parser.handler().reason() + where(text, read);
  return "is not JSON: " + ec.message() + where(text, read);
}

}  // namespace kappa::rpc
