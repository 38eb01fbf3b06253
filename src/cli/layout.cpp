// Indenting, and columns.
#include "cli/layout.hpp"

#include <algorithm>
#include <cstdint>

#include "rpc/json.hpp"

namespace kappa::cli {
namespace {

void append_indented(std::string& out, rpc::JsonView view, std::size_t depth) {
  const bool object = view.kind() == rpc::JsonKind::object;
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

std::string bill_table(const std::map<std::string, std::int64_t>& counts, std::int64_t total) {
  constexpr std::string_view head[] = {"function", "executions"};
  std::size_t wide = head[0].size();
  for (const auto& [name, count] : counts) wide = std::max(wide, name.size());
  const auto row = [&](std::string_view name, const std::string& count) {
    const std::size_t gap =
        wide - name.size() + 2 + (head[1].size() - std::min(head[1].size(), count.size()));
    return std::string(name) + std::string(gap, ' ') + count + "\n";
  };
  std::string out = row(head[0], std::string(head[1]));
  for (const auto& [name, count] : counts) out += row(name, std::to_string(count));
  return out + std::string(wide + 2 + head[1].size(), '-') + "\n" +
         row("total", std::to_string(total));
}

}  // namespace kappa::cli
