// What is different between two texts, line by line.
#pragma once

#include <string>
#include <vector>

namespace kappa::cli {

/// "- line" for those of `before` alone, "+ line" for those of `now` alone, "  line" for common
/// ones beside them; "..." stands for more common ones, and at the end for differences beyond a
/// screen.
std::vector<std::string> difference(const std::string& before, const std::string& now);

}  // namespace kappa::cli
