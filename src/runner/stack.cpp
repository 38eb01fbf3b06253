// faulthandler (Python 3.11, Python/traceback.c) writes `  File "NAME", line N in FUNCTION`.
#include "runner/stack.hpp"

#include <algorithm>

namespace kappa::runner {
namespace {

constexpr std::string_view title = "Stack (most recent call first):\n";
constexpr std::string_view frame = "  File \"";
constexpr std::string_view ours = "  File \"<string>\"";  // bootstrap.py, around the function
constexpr std::size_t most_frames = 100;                  // faulthandler's MAX_FRAME_DEPTH
constexpr std::size_t longest_frame = 10'100;             // two names of 500 characters, escaped

}  // namespace

void ShownStack::add(std::string_view printed) {
  printed_ += printed;
  for (std::size_t at = 0; (at = printed_.find(title, searched_)) != printed_.npos;) {
    begin_ = at;
    next_ = searched_ = at + title.size();
    frames_.clear();
    whole_ = false;
  }
  // A title may have begun.
  searched_ = std::max(searched_, printed_.size() - std::min(printed_.size(), title.size() - 1));
  std::size_t end = 0;
  while (begin_ != printed_.npos && !whole_ &&
         (end = printed_.find('\n', next_)) != printed_.npos) {
    add_line(std::string_view(printed_).substr(next_, end - next_));
    next_ = end + 1;
  }
}

void ShownStack::add_line(std::string_view line) {
  const std::size_t in = line.rfind(" in ");
  whole_ = line.starts_with(ours) || !line.starts_with(frame) || in == line.npos ||
           frames_.size() == most_frames;
  if (whole_) return;
  const std::string text =
      std::string(line.substr(0, in)) + ", in " + std::string(line.substr(in + 4));
  frames_.push_back(text.substr(0, longest_frame) + "\n");
}

std::string ShownStack::traceback() const {
  if (frames_.empty()) return "";
  std::string text = "Traceback (most recent call last):\n";
  for (auto at = frames_.rbegin(); at != frames_.rend(); ++at) text += *at;
  return text;
}

}  // namespace kappa::runner
