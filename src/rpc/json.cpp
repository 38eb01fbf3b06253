// Reading in place, from text that has been checked.
#include "rpc/json.hpp"

#include <algorithm>
#include <charconv>

namespace kappa::rpc {
namespace {

constexpr std::string_view white = " \t\r\n";

std::string_view trim_front(std::string_view text) {
  const std::size_t start = text.find_first_not_of(white);
  return start == text.npos ? std::string_view() : text.substr(start);
}

std::size_t string_end(std::string_view text) {
  std::size_t i = 1;
  for (; text[i] != '"'; ++i) {
    if (text[i] == '\\') ++i;
  }
  return i + 1;
}

std::size_t container_end(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0;; ++i) {
    const char c = text[i];
    if (c == '"') {
      i += string_end(text.substr(i)) - 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
}

/// Where the value that `text` begins with ends.
std::size_t value_end(std::string_view text) {
  if (text.front() == '"') return string_end(text);
  if (text.front() == '{' || text.front() == '[') return container_end(text);
  return std::min(text.find_first_of(",]} \t\r\n"), text.size());
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  }
}

std::uint32_t hex4(std::string_view text) {
  std::uint32_t code = 0;
  std::from_chars(text.data(), text.data() + 4, code, 16);
  return code;
}

/// Resolves the escape at `text[i]`, a backslash; gives the index after it.
std::size_t append_escape(std::string& out, std::string_view text, std::size_t i) {
  constexpr std::string_view letters = "bfnrt";
  constexpr std::string_view meanings = "\b\f\n\r\t";
  const char c = text[i + 1];
  if (c == 'u') {
    std::uint32_t code = hex4(text.substr(i + 2));
    i += 6;
    if (code >= 0xd800 && code < 0xdc00) {  // the checked text has the other half of the pair
      code = 0x10000 + ((code - 0xd800) << 10) + (hex4(text.substr(i + 2)) - 0xdc00);
      i += 6;
    }
    append_utf8(out, code);
    return i;
  }
  const std::size_t letter = letters.find(c);
  out += letter == letters.npos ? c : meanings[letter];
  return i + 2;
}

}  // namespace

std::string_view to_text(JsonKind kind) {
  constexpr std::string_view names[] = {"null", "boolean", "number", "string", "array", "object"};
  return names[static_cast<std::size_t>(kind)];
}

JsonView::JsonView(std::string_view checked) : text_(trim_front(checked)) {
  text_ = text_.substr(0, text_.find_last_not_of(white) + 1);
}

JsonKind JsonView::kind() const {
  switch (text_.front()) {
    case 'n':
      return JsonKind::null;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case '"':
      return JsonKind::string;
    case '[':
      return JsonKind::array;
    case '{':
      return JsonKind::object;
    default:
      return JsonKind::number;
  }
}

std::string JsonView::string() const {
  std::string out;
  const std::string_view inner = text_.substr(1, text_.size() - 2);
  out.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size();) {
    if (inner[i] == '\\') {
      i = append_escape(out, inner, i);
    } else {
      const std::size_t end = std::min(inner.find('\\', i), inner.size());
      out.append(inner.substr(i, end - i));
      i = end;
    }
  }
  return out;
}

std::optional<std::int64_t> JsonView::integer() const {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
  if (error != std::errc() || end != text_.data() + text_.size()) return std::nullopt;
  return value;
}

double JsonView::number() const {
  double value = 0;
  std::from_chars(text_.data(), text_.data() + text_.size(), value);
  return value;
}

JsonCursor::JsonCursor(JsonView container)
    : rest_(container.text().substr(1)), object_(container.kind() == JsonKind::object) {}

bool JsonCursor::next() {
  rest_ = trim_front(rest_);
  if (rest_.front() == ',') rest_ = trim_front(rest_.substr(1));
  if (rest_.front() == '}' || rest_.front() == ']') return false;
  if (object_) {
    const std::size_t end = string_end(rest_);
    key_ = JsonView(rest_.substr(0, end));
    rest_ = trim_front(rest_.substr(end));
    rest_ = trim_front(rest_.substr(1));  // the colon
  }
  const std::size_t end = value_end(rest_);
  value_ = JsonView(rest_.substr(0, end));
  rest_.remove_prefix(end);
  return true;
}

void append_json_string(std::string& out, std::string_view text) {
  const auto is_plain = [](char c) {
    return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  };
  out += '"';
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_plain);
    out.append(text.begin(), end);  // most texts are one such run
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    if (text.empty()) break;
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += "\\u00";
      out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
      out += "0123456789abcdef"[c & 15];
    }
  }
  out += '"';
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace kappa::rpc
