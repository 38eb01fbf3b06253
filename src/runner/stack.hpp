// The Python stack that a process shows when its time is up.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kappa::runner {

struct ShownStack {
  std::size_t at = 0;     ///< where it begins: what is before was printed by the function
  std::string traceback;  ///< as Python prints one: newest call last, the function's own frames
  bool whole = false;     ///< down to the frames that are not the function's
};

/// Looks for what faulthandler writes; nothing when it is not there.
std::optional<ShownStack> find_stack(std::string_view printed);

}  // namespace kappa::runner
