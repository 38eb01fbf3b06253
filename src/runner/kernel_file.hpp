// Files of /proc and /sys, by which the kernel tells things and is told them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace kappa::runner {

/// Nothing when there is none, as of a process that is gone.
Fd open_to_read(const std::string& path);
Fd open_to_write(const std::string& path);
/// Its first 4 KiB as they are now; "" when it cannot be read.
std::string read_kernel_file(const Fd& file);
std::string read_kernel_file(const std::string& path);
/// All of it, which may be longer.
std::string read_whole_kernel_file(const Fd& file);
/// The number that a text begins with, blanks left out; -1 when it begins with none.
std::int64_t number_at(std::string_view text);
/// The number in the line that `name` and a colon begin; -1 when there is none. Names of processes,
/// which may read like anything, stand within lines or in the first, which is not looked at.
std::int64_t number_in_line(std::string_view text, std::string_view name);

/// Writes the text in one write, which is how the kernel takes it. False, with errno, when it is
/// refused.
bool write_kernel_file(const Fd& file, std::string_view text);
bool write_kernel_file(const std::string& path, std::string_view text);

}  // namespace kappa::runner
