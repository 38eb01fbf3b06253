// JSON as it comes in: checked once as a whole, then read in place. Numbers keep their digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kappa::rpc {

/// How deep a request may nest, and a reply: a function's result may be deeper than what anybody
/// asks.
constexpr std::size_t max_request_depth = 32;  // Boost.JSON's own default
constexpr std::size_t max_reply_depth = 128;
/// The same of what modules ask each other, who have what users sent inside of it.
constexpr std::size_t max_inner_request_depth = max_request_depth + 8;

/// Checks that `text` is one JSON value (RFC 8259) in UTF-8 that every reader understands alike:
/// besides the grammar, no key twice in an object, no number beyond a double's range, no deeper
/// than `max_depth`. Gives what is wrong with it, with line and column, or nothing when it is fine.
std::optional<std::string> json_fault(std::string_view text,
                                      std::size_t max_depth = max_request_depth);

enum class JsonKind { null, boolean, number, string, array, object };
std::string_view to_text(JsonKind kind);

/// A value inside a text that passed json_fault(); undefined for any other. Borrows the text.
class JsonView {
 public:
  explicit JsonView(std::string_view checked);

  JsonKind kind() const;
  /// The value as it was written, without white space around it.
  std::string_view text() const { return text_; }
  /// A string's characters, escapes resolved. Only for strings.
  std::string string() const;
  /// A number without fraction and exponent that fits; nothing for any other value.
  std::optional<std::int64_t> integer() const;
  /// Any number. Only for numbers.
  double number() const;

 private:
  std::string_view text_;
};

/// Walks an object's members or an array's items:
/// `for (JsonCursor at(view); at.next();) use(at.key(), at.value());`
class JsonCursor {
 public:
  explicit JsonCursor(JsonView container);
  bool next();
  /// The present member's name. Only in objects.
  std::string key() const { return key_.string(); }
  JsonView value() const { return value_; }

 private:
  std::string_view rest_;
  bool object_;
  JsonView key_{std::string_view("null")};
  JsonView value_{std::string_view("null")};
};

/// Appends `text` as a JSON string, quoted and escaped.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

}  // namespace kappa::rpc
