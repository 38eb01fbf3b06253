// Widths by wcwidth(), which knows the locale's letters.
#include "cli/table.hpp"

#include <algorithm>
#include <clocale>
#include <cwchar>
#include <numeric>

namespace kappa::cli {
namespace {

constexpr std::string_view gap = "  ";
constexpr std::string_view ellipsis = "…";

/// One character of a UTF-8 text and the cells it fills; a byte that is none fills one.
struct Glyph {
  std::string_view bytes;
  std::size_t cells = 1;
};

/// Takes the first character off `rest`.
Glyph next_glyph(std::string_view& rest, std::mbstate_t& state) {
  wchar_t wide = 0;
  const std::size_t size = std::mbrtowc(&wide, rest.data(), rest.size(), &state);
  Glyph glyph{rest.substr(0, 1), 1};
  if (size > 0 && size <= rest.size()) {
    glyph.bytes = rest.substr(0, size);
    glyph.cells = static_cast<std::size_t>(std::max(::wcwidth(wide), 0));
  } else {
    state = {};
  }
  rest.remove_prefix(glyph.bytes.size());
  return glyph;
}

std::string one_line(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return out;
}

std::vector<std::size_t> widths_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) widths.push_back(width_of(column.head));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(one_line(row[i])));
  }
  return widths;
}

/// How many cells a row has more than there are.
std::size_t excess(const std::vector<std::size_t>& widths, std::size_t width) {
  const std::size_t all =
      std::accumulate(widths.begin(), widths.end(), gap.size() * (widths.size() - 1));
  return width == 0 || all <= width ? 0 : all - width;
}

/// Narrows the last column to what its head needs, then the others, widest first, and leaves out
/// what still does not fit; but never the first: names and ids are there to be copied.
void shrink(std::vector<std::size_t>& widths, const Table& table, std::size_t width) {
  const auto narrow = [&](std::size_t i) {
    const std::size_t least = std::max<std::size_t>(width_of(table.columns[i].head), 8);
    widths[i] -= std::min(excess(widths, width), widths[i] - std::min(widths[i], least));
  };
  if (widths.size() < 2) return;
  narrow(widths.size() - 1);
  for (std::size_t turns = widths.size(); excess(widths, width) > 0 && turns > 0; --turns) {
    const auto widest = std::max_element(widths.begin() + 1, widths.end());
    narrow(static_cast<std::size_t>(widest - widths.begin()));
  }
  while (widths.size() > 1 && excess(widths, width) > 0) widths.pop_back();
}

std::string line_of(const std::vector<std::string>& cells, const Table& table,
                    const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < std::min(cells.size(), widths.size()); ++i) {
    const std::string cell = fitted(cells[i], widths[i]);
    const std::string pad(widths[i] - width_of(cell), ' ');
    line += (i == 0 ? "" : std::string(gap)) + (table.columns[i].number ? pad + cell : cell + pad);
  }
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

/// A value of RFC 4180.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

std::string small(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t cells = 0;
  for (std::mbstate_t state{}; !text.empty();) cells += next_glyph(text, state).cells;
  return cells;
}

std::string fitted(std::string_view text, std::size_t cells) {
  std::string flat = one_line(text);
  if (width_of(flat) <= cells) return flat;
  std::string out;
  std::size_t used = 1;  // the ellipsis
  std::mbstate_t state{};
  for (std::string_view rest = flat; !rest.empty();) {
    const Glyph glyph = next_glyph(rest, state);
    used += glyph.cells;
    if (used > cells) break;
    out += glyph.bytes;
  }
  return out + std::string(ellipsis);
}

std::string aligned(const Table& table, std::size_t width) {
  auto widths = widths_of(table);
  std::string out;
  if (table.has_head) {
    shrink(widths, table, width);
    std::vector<std::string> head;
    for (const Column& column : table.columns) head.push_back(column.head);
    out = line_of(head, table, widths);
  }
  for (const auto& row : table.rows) out += line_of(row, table, widths);
  return out;
}

std::string comma_separated(const Table& table, std::string_view line_end) {
  std::string out;
  const auto append = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : ",") + quoted(cells[i]);
    out += line_end;
  };
  if (table.has_head) {
    std::vector<std::string> heads;
    for (const Column& column : table.columns) heads.push_back(small(column.head));
    append(heads);
  }
  for (const auto& row : table.rows) append(row);
  return out;
}

std::string tab_separated(const Table& table) {
  std::string out;
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) out += (i == 0 ? "" : "\t") + one_line(row[i]);
    out += "\n";
  }
  return out;
}

}  // namespace kappa::cli
