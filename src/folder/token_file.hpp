// The token by which the parts of a Kappa know one another, in a file that is followed.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "kappa/core.hpp"

namespace kappa::folder {

/// A file of one token a line; empty lines and those that begin with '#' say nothing. Who asks a
/// module brings the first, and a module accepts each: a token is changed by putting the new one
/// before the old, in both places, and then taking the old one out. Looked at again when it has
/// changed, at most once a second, and whenever a token does not fit; while what is there cannot be
/// used, what was there before holds, and the log says so. Thread-safe.
class TokenFile {
 public:
  /// unavailable: it is missing, cannot be read, holds no token, or others may read it; says what
  /// to do.
  static Result<std::shared_ptr<TokenFile>> open(const std::filesystem::path& path);

  std::string current();
  /// The same, of the file as it is now.
  std::string current_now();
  bool accepts(std::string_view token);

 private:
  struct Version {
    std::vector<std::string> tokens;
    std::int64_t changed_ns = 0;
    std::int64_t size_bytes = 0;
    std::uint64_t file = 0;  ///< its number in the file system
  };
  TokenFile(std::filesystem::path path, Version version)
      : path_(std::move(path)), version_(std::move(version)) {}
  static Result<Version> read(const std::filesystem::path& path);
  std::vector<std::string> tokens(std::chrono::seconds at_most_so_old);
  void look_again();

  const std::filesystem::path path_;
  std::mutex mutex_;
  Version version_;  // guarded by mutex_, as the rest
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
  bool complained_ = false;
};

/// Makes a file (0600) of one token, 32 random bytes, and the folder it is in. That there is one
/// already, made by somebody else meanwhile, is no error.
Result<Nothing> make_token_file(const std::filesystem::path& path, Random& random);
/// Puts a new token before those that the file has. Whole or not at all; the file stays its owner's
/// and its group's, also when root does this. unavailable: it cannot be read, is a symbolic link,
/// or a new one cannot be given to the owner; says which.
Result<Nothing> add_token(const std::filesystem::path& path, Random& random);
/// Takes all tokens but the first out of the file. How many those were. Otherwise as add_token().
Result<std::int64_t> retire_tokens(const std::filesystem::path& path);

}  // namespace kappa::folder
