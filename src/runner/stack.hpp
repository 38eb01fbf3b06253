// The Python stack that a process shows when its time is up.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kappa::runner {

/// Looks for what faulthandler writes among all that a process prints. Of what the function wrote
/// to look like it, the last counts. Used by one thread at a time.
class ShownStack {
 public:
  /// What was printed next. Takes time in proportion to all so far at most, whatever it is.
  void add(std::string_view printed);
  /// Whether the stack is there, down to the frames that are not the function's.
  bool whole() const { return whole_; }
  std::size_t size() const { return printed_.size(); }
  /// As Python prints one: newest call last, the function's own frames, at most a hundred. Empty
  /// when none was found.
  std::string traceback() const;
  /// What was printed before it, or all.
  std::string before() const { return printed_.substr(0, begin_); }

 private:
  void add_line(std::string_view line);

  std::string printed_;
  std::size_t begin_ = std::string::npos;  ///< of the title
  std::size_t searched_ = 0;               ///< for titles, so far
  std::size_t next_ = 0;                   ///< the line to be looked at, once there is a title
  std::vector<std::string> frames_;        ///< newest first
  bool whole_ = false;
};

}  // namespace kappa::runner
