// Made private before anything is put into it.
#include "folder/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

#include "folder/restore.hpp"

namespace kappa::folder {

namespace fs = std::filesystem;

Result<DataFolder> DataFolder::open(const fs::path& path) {
  const auto trouble = [&path](const std::string& what) {
    return Error{Code::unavailable,
                 "data folder '" + path.string() + "' " + what + "; choose another with --data"};
  };
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return trouble("cannot be made: " + error.message());
  fs::permissions(path, fs::perms::owner_all, error);
  if (error) return trouble("cannot be closed to other users: " + error.message());
  const fs::path absolute = fs::canonical(path, error);
  if (error) return trouble("cannot be found: " + error.message());
  Fd lock(::open((absolute / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return trouble("cannot be written to: " + std::string(std::strerror(errno)));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return trouble("is in use by another Kappa");
  TRY(settle_restore(absolute));
  return DataFolder(absolute, std::move(lock));
}

}  // namespace kappa::folder
