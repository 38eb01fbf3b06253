// Three numbers.
#include "fn_logs/cursor.hpp"

#include <charconv>

namespace kappa::fn_logs {

std::string to_text(const Cursor& cursor) {
  return std::to_string(cursor.day) + "." + std::to_string(cursor.output_id) + "." +
         std::to_string(cursor.number);
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  Cursor cursor;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::int64_t* number : {&cursor.day, &cursor.output_id, &cursor.number}) {
    if (number != &cursor.day && (at == end || *at++ != '.')) return std::nullopt;
    const auto [stop, error] = std::from_chars(at, end, *number);
    if (error != std::errc() || *number < 0) return std::nullopt;
    at = stop;
  }
  constexpr Day last_day = 2'932'896;  // 9999-12-31, so that no name of a file overflows
  if (at != end || cursor.day > last_day) return std::nullopt;
  return cursor;
}

}  // namespace kappa::fn_logs
