// faulthandler (Python 3.11, Python/traceback.c) writes `  File "NAME", line N in FUNCTION`.
#include "runner/stack.hpp"

namespace kappa::runner {
namespace {

constexpr std::string_view title = "Stack (most recent call first):\n";
constexpr std::string_view frame = "  File \"";
constexpr std::string_view ours = "  File \"<string>\"";  // bootstrap.py, around the function

}  // namespace

std::optional<ShownStack> find_stack(std::string_view printed) {
  ShownStack stack{printed.rfind(title), "", false};
  if (stack.at == printed.npos) return std::nullopt;
  std::size_t at = stack.at + title.size();
  for (std::size_t end = 0; (end = printed.find('\n', at)) != printed.npos; at = end + 1) {
    const std::string_view line = printed.substr(at, end - at);
    const std::size_t in = line.rfind(" in ");
    stack.whole = line.starts_with(ours) || !line.starts_with(frame) || in == line.npos;
    if (stack.whole) break;
    stack.traceback.insert(
        0, std::string(line.substr(0, in)) + ", in " + std::string(line.substr(in + 4)) + "\n");
  }
  if (!stack.traceback.empty()) stack.traceback.insert(0, "Traceback (most recent call last):\n");
  return stack;
}

}  // namespace kappa::runner
