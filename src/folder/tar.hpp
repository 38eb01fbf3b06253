// A tar archive (POSIX ustar) in which no byte can change unnoticed: SHA256SUMS at its end has
// every file's hash, as sha256sum -c reads it; all else in it follows from names, sizes and one
// time.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "kappa/core.hpp"
#include "kappa/types.hpp"

namespace kappa::folder {

constexpr std::string_view sums_name = "SHA256SUMS";

/// Takes bytes in pieces.
using Sink = std::function<Result<Nothing>(std::string_view)>;

/// Used by one thread. Errors are the sink's and those of the files that are read.
class TarWriter {
 public:
  /// Every file in it is from `made_at`.
  TarWriter(Sink sink, Timestamp made_at) : sink_(std::move(sink)), made_at_(made_at) {}

  Result<Nothing> add(const std::string& name, std::string_view text);
  /// A file that nobody changes meanwhile. unavailable: it cannot be read whole.
  Result<Nothing> add_file(const std::string& name, const std::filesystem::path& file);
  /// SHA256SUMS, and the end.
  Result<Nothing> finish();

 private:
  Result<Nothing> put_head(const std::string& name, std::uint64_t size);
  Result<Nothing> put_padding(std::uint64_t size);

  const Sink sink_;
  const Timestamp made_at_;
  std::string sums_;
};

struct TarEntry {
  std::string name;
  std::uint64_t size = 0;
};

/// Reads what a TarWriter wrote, and nothing else. Used by one thread.
class TarReader {
 public:
  /// `name` is the archive's, for errors. The descriptor outlives this.
  TarReader(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  /// The next file, or nothing when the archive ended as it must: SHA256SUMS was read, and every
  /// hash is as it says. invalid: it is no such archive, or was cut short or changed; says where.
  Result<std::optional<TarEntry>> next();
  /// All of the file that next() gave. Errors: next()'s, and the sink's.
  Result<Nothing> read(const TarEntry& entry, const Sink& sink);

 private:
  Result<Nothing> take(char* to, std::size_t bytes);
  Result<Nothing> check_sums(std::uint64_t size);
  Result<Nothing> check_end();
  Error damaged(const std::string& why) const;

  const int fd_;
  const std::string name_;
  std::uint64_t at_ = 0;
  std::optional<std::int64_t> made_at_s_;
  std::string sums_;
};

}  // namespace kappa::folder
