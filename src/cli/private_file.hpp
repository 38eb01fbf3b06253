// Small files of one person, kept between commands in the place for configuration.
#pragma once

#include <filesystem>
#include <string>

#include "base/fd.hpp"
#include "cli/trouble.hpp"
#include "rpc/record.hpp"

namespace kappa::cli {

/// $XDG_CONFIG_HOME/kappa/NAME, else .config/kappa/NAME of the home folder.
std::filesystem::path private_file(const std::string& name);

/// Held while one of the files is changed, so that two commands at once do not undo each other.
class PrivateLock {
 public:
  /// Waits for its turn. Trouble: the folder cannot be made or written.
  static Tried<PrivateLock> take();

 private:
  explicit PrivateLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

/// What the file says; "" when there is none. Misuse: it cannot be read.
Tried<std::string> read_private(const std::string& name);
/// Written whole or not at all, for this user's eyes only (file 0600, folder 0700). Trouble: it
/// cannot be written; what was there is still there.
Tried<Nothing> write_private(const std::string& name, const std::string& text);

/// The file as a value; a fresh one when there is none. Members that a later kappa may have added
/// are passed over. Misuse: it is damaged; `mend` says what to do.
template <class T>
Tried<T> load_private(const std::string& name, const std::string& mend) {
  T value;
  const std::string text = TRY(read_private(name));
  if (text.empty()) return value;
  std::vector<Fault> faults;
  rpc::Reading reading{faults, false, true};
  rpc::read_json(text, value, reading);
  if (faults.empty()) return value;
  return Trouble::misuse(
      "file " + private_file(name).string() + " is damaged",
      (faults.front().at.empty() ? "it " : faults.front().at + " ") + faults.front().why, mend);
}

}  // namespace kappa::cli
