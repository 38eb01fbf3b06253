// What SQLite's refusals mean to the rest of Kappa.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include "kappa/core.hpp"

namespace kappa::store {

/// The disk reported that it lost what it had taken (a failed fsync). What is in memory then says
/// nothing about what is on disk, so a writer lets this end the process; the next start recovers.
struct DiskLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The Error for an extended result code; `file` and `message` (SQLite's own) are named in it.
///   unavailable: full, locked, or failing to read or write; the same call may succeed later
///   internal: the file is damaged, or is no database
/// Throws DiskLost after a failed fsync, std::bad_alloc, and std::logic_error for what only wrong
/// SQL causes.
Error failure(const std::string& file, int code, const char* message);

/// What to tell whoever starts a server on a file that cannot be opened: why, and what to do.
std::string why_no_start(const std::filesystem::path& file, const Error& error);

}  // namespace kappa::store
