// The longest common run of lines is what stays; the rest was taken away or added.
#include "cli/difference.hpp"

#include <algorithm>
#include <sstream>

namespace kappa::cli {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t most_compared = 1000;  // lines of each: a table of a million numbers
constexpr std::size_t most_shown = 40;       // lines: about a screen
constexpr std::size_t around = 2;            // common lines beside a difference
constexpr std::size_t most_of_line = 200;    // bytes: some lines of a terminal

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; lines.size() < most_compared && std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

/// Each line with '-', '+' or ' ' before it.
Lines marked(const Lines& before, const Lines& now) {
  // longest[i][j]: of the common lines behind before[i] and now[j].
  std::vector<std::vector<std::size_t>> longest(before.size() + 1,
                                                std::vector<std::size_t>(now.size() + 1));
  for (std::size_t i = before.size(); i-- > 0;) {
    for (std::size_t j = now.size(); j-- > 0;) {
      longest[i][j] = before[i] == now[j] ? longest[i + 1][j + 1] + 1
                                          : std::max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  Lines out;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < before.size() || j < now.size()) {
    if (i < before.size() && j < now.size() && before[i] == now[j]) {
      out.push_back("  " + before[i++]);
      ++j;
    } else if (j == now.size() || (i < before.size() && longest[i + 1][j] >= longest[i][j + 1])) {
      out.push_back("- " + before[i++]);
    } else {
      out.push_back("+ " + now[j++]);
    }
  }
  return out;
}

bool near_difference(const Lines& all, std::size_t at) {
  const std::size_t first = at < around ? 0 : at - around;
  const std::size_t last = std::min(all.size(), at + around + 1);
  return std::any_of(all.begin() + std::ptrdiff_t(first), all.begin() + std::ptrdiff_t(last),
                     [](const std::string& line) { return line[0] != ' '; });
}

}  // namespace

std::vector<std::string> difference(const std::string& before, const std::string& now) {
  const Lines all = marked(lines_of(before), lines_of(now));
  Lines shown;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (near_difference(all, i)) {
      const bool whole = all[i].size() <= most_of_line;
      shown.push_back(whole ? all[i] : all[i].substr(0, most_of_line) + "...");
    } else if (shown.empty() || shown.back() != "...") {
      shown.emplace_back("...");
    }
    if (shown.size() == most_shown && i + 1 < all.size()) {
      shown.emplace_back("...");
      break;
    }
  }
  return shown;
}

}  // namespace kappa::cli
