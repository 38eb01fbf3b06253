// Columns for people, and the same values for programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kappa::cli {

struct Column {
  std::string head;
  bool number = false;  ///< set to the right
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
  bool has_head = true;  ///< without one, rows are facts, there to be read whole: nothing is cut
};

/// How many cells of a terminal a text fills: letters of East Asia two, combining marks none.
std::size_t width_of(std::string_view text);

/// The text cut to so many cells, with "…" where something is missing. Line ends become spaces.
std::string fitted(std::string_view text, std::size_t cells);

/// Columns under each other, two spaces between. Where a row is wider than `width` cells, columns
/// but the first are cut, the last one first; where that is not enough, the last ones are left out.
/// 0 cuts nothing.
std::string aligned(const Table& table, std::size_t width);

/// As RFC 4180 has it: the heads in small letters, then a line a row; a value with a comma, a quote
/// or a line end is quoted. Nothing is cut.
std::string comma_separated(const Table& table, std::string_view line_end = "\r\n");

/// A line a row, columns parted by tabs, no head, nothing cut; tabs and line ends inside a value
/// are spaces.
std::string tab_separated(const Table& table);

}  // namespace kappa::cli
