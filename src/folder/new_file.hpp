// A large file that is there whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/fd.hpp"
#include "kappa/core.hpp"

namespace kappa::folder {

/// Written beside its place under another name, FILE.part, which one process has at a time; for
/// this user's eyes only. Used by one thread. Errors are unavailable, and say what to do.
class NewFile {
 public:
  /// Takes FILE.part, whatever a killed process left there. conflict: FILE is there, and is not to
  /// be replaced; or another process writes it.
  static Result<NewFile> begin(const std::filesystem::path& file, bool replace);
  NewFile(NewFile&&) = default;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();  ///< leaves nothing unless it was finished

  /// What was written is on the disk before much more is: nobody's fsync waits long behind it.
  Result<Nothing> write(std::string_view bytes);
  /// Durable, then in its place.
  Result<Nothing> finish();
  std::uint64_t size() const { return size_; }
  const std::filesystem::path& part() const { return part_; }

 private:
  NewFile(std::filesystem::path file, Fd fd, bool replace);
  Error failed() const;

  std::filesystem::path file_;
  std::filesystem::path part_;
  Fd fd_;
  bool replace_;
  std::uint64_t size_ = 0;
  std::uint64_t flushed_ = 0;
};

/// What a backup that is written into `part` has beside it meanwhile: a database's copy.
inline std::filesystem::path scratch_of(const std::filesystem::path& part) {
  return part.string() + ".db";
}
/// Removes a file, if it is there, piece by piece: a file system that frees a gigabyte at once
/// keeps every fsync waiting.
void remove_gently(const std::filesystem::path& path);
/// A database that nobody has open, with what SQLite may have left beside it.
void remove_database(const std::filesystem::path& path);

/// Makes a file or folder durable as it is. unavailable: it cannot be.
Result<Nothing> sync_path(const std::filesystem::path& path);

}  // namespace kappa::folder
