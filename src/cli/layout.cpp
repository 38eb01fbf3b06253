// Indenting, and figures in their units.
#include "cli/layout.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/clock.hpp"
#include "rpc/json.hpp"

namespace kappa::cli {
namespace {

void append_indented(std::string& out, rpc::JsonView view, std::size_t depth) {
  const bool object = view.kind() == rpc::JsonKind::object;
  if (view.kind() == rpc::JsonKind::string) {
    out += rpc::json_string(view.string());  // as letters, where it was written \u6f22
    return;
  }
  if (!object && view.kind() != rpc::JsonKind::array) {
    out += view.text();
    return;
  }
  out += object ? '{' : '[';
  bool first = true;
  for (rpc::JsonCursor at(view); at.next(); first = false) {
    out += first ? "\n" : ",\n";
    out.append(2 * (depth + 1), ' ');
    if (object) out += rpc::json_string(at.key()) + ": ";
    append_indented(out, at.value(), depth + 1);
  }
  if (!first) {
    out += '\n';
    out.append(2 * depth, ' ');
  }
  out += object ? '}' : ']';
}

}  // namespace

std::string indented(std::string_view json) {
  std::string out;
  append_indented(out, rpc::JsonView(json), 0);
  return out;
}

std::string moment(Timestamp ts) {
  std::string text = to_text(ts).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string age(Timestamp ts, Timestamp now) {
  const std::int64_t seconds = std::max<std::int64_t>(now.us - ts.us, 0) / 1'000'000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return std::to_string(seconds / 60) + " min";
  if (seconds < 86'400) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86'400) + " d";
}

std::string duration(double ms) {
  std::array<char, 32> text{};
  const double value = ms < 1000 ? ms : ms / 1000;
  const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  std::snprintf(text.data(), text.size(), "%.*f %s", digits, value, ms < 1000 ? "ms" : "s");
  return text.data();
}

std::string memory(std::int64_t kb) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f MiB", static_cast<double>(kb) / 1024);
  return text.data();
}

std::string memory_of(std::int64_t kb, std::int64_t limit_mb) {
  std::string used = memory(kb);
  return used.substr(0, used.find(' ')) + '/' + std::to_string(limit_mb) + " MiB";
}

}  // namespace kappa::cli
