// The strict look at a request's head.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "net/request_reader.hpp"

namespace kappa::net {
namespace {

constexpr std::size_t most_fields = 100;  // what people's clients send is under 30

/// What the head says of the request's frame, and how often.
struct Framing {
  bool http_1_0 = false;
  std::size_t fields = 0;
  std::map<std::string, int> single;  // fields that may be there once
  std::string coding;
  int codings = 0;
  bool close = false;
  bool keep_alive = false;
};

constexpr std::array single_fields = {"host", "content-length", "content-type", "authorization"};

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

/// Whether a list of options ("close, x") names one; RFC 9110 7.6.1. Both in lower case.
bool names_option(std::string_view list, std::string_view option) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (trim(list.substr(0, comma)) == option) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

/// RFC 9110 5.6.2: what methods and names of fields are made of.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

/// RFC 3986 3.2.2: a name, an IPv4 address, or an IPv6 address in brackets.
bool is_host_name(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    std::array<unsigned char, sizeof(in6_addr)> unused{};
    const std::string inner(text.substr(1, text.size() - 2));
    return ::inet_pton(AF_INET6, inner.c_str(), unused.data()) == 1;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])))
      return false;
    const bool other = std::string_view("-._~%!$&'()*+,;=").find(text[i]) != text.npos;
    if (std::isalnum(static_cast<unsigned char>(text[i])) == 0 && !other) return false;
  }
  return true;
}

/// RFC 9110 7.2: HOST or HOST:PORT.
bool is_host(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != text.npos && !text.ends_with(']');
  const std::string_view port = has_port ? text.substr(colon + 1) : "";
  const bool digits = port.find_first_not_of("0123456789") == port.npos;
  const bool in_range = port.size() < 5 || (port.size() == 5 && port <= "65535");
  return digits && in_range && is_host_name(has_port ? text.substr(0, colon) : text);
}

/// RFC 9112 3.2: a path, a URL, or * for OPTIONS.
bool is_target(std::string_view method, std::string_view target) {
  const bool visible = std::all_of(target.begin(), target.end(),
                                   [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
  if (!visible || target.starts_with('/')) return visible;
  if (target == "*") return method == "OPTIONS";
  const std::size_t mark = target.find("://");
  if (mark == target.npos) return false;
  const std::string scheme = lower(target.substr(0, mark));
  if (scheme != "http" && scheme != "https") return false;
  const std::string_view rest = target.substr(mark + 3);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
  return !host.empty() && !host.starts_with(':') && is_host(host);
}

std::optional<Refusal> request_line_fault(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == line.npos || first == last)
    return Refusal{400, "the request line is not METHOD TARGET HTTP/1.1"};
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  const bool small =
      std::any_of(method.begin(), method.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (small || !is_token(method)) return Refusal{400, "the request's method is malformed"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.starts_with("HTTP/"))
      return Refusal{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
    return Refusal{400, "the request line is not METHOD TARGET HTTP/1.1"};
  }
  if (method == "CONNECT") return Refusal{501, "Kappa is no proxy"};
  if (!is_target(method, target)) return Refusal{400, "the request's target is malformed"};
  return std::nullopt;
}

std::optional<Refusal> field_fault(std::string_view line, Framing& framing) {
  if (line.starts_with(' ') || line.starts_with('\t'))
    return Refusal{400, "a field is folded over two lines"};
  const std::size_t colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon)))
    return Refusal{400, "a line of the head is no field"};
  if (++framing.fields > most_fields) return Refusal{431, "the request has more than 100 fields"};
  const std::string name = lower(line.substr(0, colon));
  const std::string value = lower(trim(line.substr(colon + 1)));
  const bool single =
      std::find(single_fields.begin(), single_fields.end(), name) != single_fields.end();
  if (single && ++framing.single[name] > 1)
    return Refusal{400, "the request has more than one " + std::string(line.substr(0, colon))};
  if (name == "host" && !is_host(value)) return Refusal{400, "the request's Host is malformed"};
  if (name == "content-length") {
    const bool digits = !value.empty() && value.find_first_not_of("0123456789") == value.npos;
    if (!digits) return Refusal{400, "the request's Content-Length is no number"};
  } else if (name == "transfer-encoding") {
    framing.coding += (framing.codings++ == 0 ? "" : ", ") + value;
  } else if (name == "connection") {
    framing.close |= names_option(value, "close");
    framing.keep_alive |= names_option(value, "keep-alive");
  } else if (name == "expect" && !framing.http_1_0 && !value.empty() && value != "100-continue") {
    return Refusal{417, "the only Expect taken is 100-continue"};
  }
  return std::nullopt;
}

std::optional<Refusal> framing_fault(const Framing& framing) {
  if (!framing.single.contains("host") && !framing.http_1_0)
    return Refusal{400, "the request needs a Host"};
  if (framing.codings == 0) return std::nullopt;
  if (framing.http_1_0) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding"};
  if (framing.single.contains("content-length"))
    return Refusal{400, "the request has both Content-Length and Transfer-Encoding"};
  if (framing.coding == "chunked") return std::nullopt;
  // RFC 9112 6.3: without chunked at the end nobody can tell where the body ends.
  if (!framing.coding.ends_with(", chunked") && !framing.coding.ends_with(",chunked"))
    return Refusal{400, "the last Transfer-Encoding is not chunked"};
  if (names_option(framing.coding.substr(0, framing.coding.rfind(',')), "chunked"))
    return Refusal{400, "the request is chunked twice"};
  return Refusal{501, "the only Transfer-Encoding taken is chunked"};
}

}  // namespace

bool is_control(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; }

bool begins_a_head(char c) { return is_token(std::string_view(&c, 1)); }

std::variant<Head, Refusal> check_head(std::string_view head) {
  Framing framing;
  for (bool first = true; !head.empty(); first = false) {
    const std::size_t end = head.find("\r\n");
    if (end == head.npos) return Refusal{400, "a line of the head does not end with CR LF"};
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (std::any_of(line.begin(), line.end(), is_control))
      return Refusal{400, "a control character is in the head"};
    if (first) framing.http_1_0 = line.ends_with("HTTP/1.0");
    if (line.empty()) break;
    if (auto fault = first ? request_line_fault(line) : field_fault(line, framing))
      return *std::move(fault);
  }
  if (auto fault = framing_fault(framing)) return *std::move(fault);
  return Head{!framing.close && (!framing.http_1_0 || framing.keep_alive)};
}

}  // namespace kappa::net
