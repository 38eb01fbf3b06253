// The folder that holds everything Kappa keeps: private to its user, and used by one Kappa at a
// time.
#pragma once

#include <filesystem>

#include "base/fd.hpp"
#include "kappa/core.hpp"

namespace kappa::folder {

/// Holds the folder for this process until it goes.
class DataFolder {
 public:
  /// Makes the folder where it is missing, closes it to other users, and finishes or removes what a
  /// restore that was cut short left in it.
  /// unavailable: it cannot be made, or another Kappa uses it.
  static Result<DataFolder> open(const std::filesystem::path& path);

  /// Absolute.
  const std::filesystem::path& path() const { return path_; }

 private:
  DataFolder(std::filesystem::path path, Fd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  Fd lock_;
};

}  // namespace kappa::folder
