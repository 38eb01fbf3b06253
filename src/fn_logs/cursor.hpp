// A line's place: its day's file, its row there, its number in the row.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "fn_logs/days.hpp"

namespace kappa::fn_logs {

/// Rows of a file have rising ids in the order of their commits, and are never changed: so places
/// are the same for ever, and whatever comes later is behind them.
struct Cursor {
  Day day = 0;
  std::int64_t output_id = 0;
  std::int64_t number = 0;
  auto operator<=>(const Cursor&) const = default;
};

/// "20781.17.3"
std::string to_text(const Cursor& cursor);
/// Nothing when it is none.
std::optional<Cursor> parse_cursor(std::string_view text);

}  // namespace kappa::fn_logs
