// The strict look at a request's head.
#include <algorithm>
#include <cctype>

#include "net/request_reader.hpp"

namespace kappa::net {
namespace {

/// What the head says more than once may say.
struct Counts {
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  std::string coding;
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

std::optional<Refusal> request_line_fault(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == line.npos || first == last)
    return Refusal{400, "the request line is not METHOD TARGET HTTP/1.1"};
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  const bool capitals = std::all_of(method.begin(), method.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
  if (method.empty() || !capitals) return Refusal{400, "the request's method is malformed"};
  const bool visible =
      std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (target.empty() || !visible) return Refusal{400, "the request's target is malformed"};
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return std::nullopt;
  if (version.starts_with("HTTP/"))
    return Refusal{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  return Refusal{400, "the request line is not METHOD TARGET HTTP/1.1"};
}

std::optional<Refusal> field_fault(std::string_view line, Counts& counts) {
  if (line.starts_with(' ') || line.starts_with('\t'))
    return Refusal{400, "a field is folded over two lines"};
  const std::size_t colon = line.find(':');
  if (colon == line.npos || colon == 0) return Refusal{400, "a line of the head is no field"};
  const std::string name = lower(line.substr(0, colon));
  counts.hosts += name == "host" ? 1 : 0;
  const std::string value = lower(trim(line.substr(colon + 1)));
  if (name == "content-length") {
    ++counts.lengths;
    const bool digits = !value.empty() && value.find_first_not_of("0123456789") == value.npos;
    if (!digits) return Refusal{400, "the request's Content-Length is no number"};
  }
  if (name == "transfer-encoding") {
    ++counts.codings;
    counts.coding = value;
  }
  return std::nullopt;
}

std::optional<Refusal> framing_fault(const Counts& counts, bool http_1_0) {
  if (counts.hosts > 1 || (counts.hosts == 0 && !http_1_0))
    return Refusal{400, "the request needs exactly one Host"};
  if (counts.lengths > 1) return Refusal{400, "the request has more than one Content-Length"};
  if (counts.codings == 0) return std::nullopt;
  if (http_1_0) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding"};
  if (counts.lengths > 0)
    return Refusal{400, "the request has both Content-Length and Transfer-Encoding"};
  if (counts.codings > 1 || counts.coding != "chunked")
    return Refusal{501, "the only Transfer-Encoding taken is chunked"};
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> head_fault(std::string_view head) {
  Counts counts;
  bool http_1_0 = false;
  for (bool first = true; !head.empty(); first = false) {
    const std::size_t end = head.find("\r\n");
    if (end == head.npos) return Refusal{400, "a line of the head does not end with CR LF"};
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != line.npos)
      return Refusal{400, "a control character is in the head"};
    if (first) http_1_0 = line.ends_with("HTTP/1.0");
    if (line.empty()) break;
    if (auto fault = first ? request_line_fault(line) : field_fault(line, counts)) return fault;
  }
  return framing_fault(counts, http_1_0);
}

}  // namespace kappa::net
