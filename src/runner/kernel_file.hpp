// Files of /proc and /sys, by which the kernel is told things.
#pragma once

#include <string>

namespace kappa::runner {

/// Writes the text in one write, which is how the kernel takes it. False, with errno, when it is
/// refused.
bool write_kernel_file(const std::string& path, const std::string& text);

}  // namespace kappa::runner
