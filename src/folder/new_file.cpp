// write(), a flush every few megabytes, fsync(), rename().
#include "folder/new_file.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace kappa::folder {
namespace {

// On a slow disk some milliseconds; others' fsync may have to wait for so much.
constexpr std::uint64_t flush_bytes = 1 << 20;

/// Whether the descriptor is of the file that has this name now.
bool has_name(int fd, const std::string& name) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::stat(name.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// The file's other name, for this process alone. It may have been another's until it was locked,
/// and be that one's whole file since.
Result<Fd> take_part(const std::filesystem::path& file) {
  const std::string part = file.string() + ".part";
  for (;;) {
    Fd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) {
      return Error{Code::unavailable, part + " cannot be made: " + std::strerror(errno) +
                                          "; choose a folder that is there and yours"};
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
      return Error{Code::conflict, "another process writes " + file.string() + "; wait for it"};
    if (has_name(fd.get(), part)) return fd;
  }
}

/// Whether what was replaced is there under another name, a hard link's.
bool has_a_name(int fd) {
  struct stat file {};
  return ::fstat(fd, &file) != 0 || file.st_nlink > 0;
}

Fd open_to_shrink(const std::filesystem::path& path) {
  return Fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

/// Piece by piece: whoever frees a gigabyte at once makes others' fsync wait for it.
void shrink(int fd) {
  constexpr off_t piece_bytes = 4 << 20;
  constexpr std::chrono::milliseconds pause{2};
  struct stat file {};
  if (::fstat(fd, &file) != 0) return;
  for (off_t size = file.st_size; size > 0; std::this_thread::sleep_for(pause)) {
    size -= std::min(size, piece_bytes);
    if (::ftruncate(fd, size) != 0) return;
  }
}

}  // namespace

NewFile::NewFile(std::filesystem::path file, Fd fd, bool replace)
    : file_(std::move(file)),
      part_(file_.string() + ".part"),
      fd_(std::move(fd)),
      replace_(replace) {}

NewFile::~NewFile() {
  if (fd_) ::unlink(part_.c_str());
}

Error NewFile::failed() const {
  return {Code::unavailable, file_.string() + " cannot be written: " + std::strerror(errno) +
                                 "; free some space or choose another folder"};
}

Result<NewFile> NewFile::begin(const std::filesystem::path& file, bool replace) {
  std::error_code ignored;
  if (!replace && std::filesystem::exists(file, ignored)) {
    return Error{Code::conflict,
                 file.string() + " is there already; choose another name, or say --replace"};
  }
  Fd fd = TRY(take_part(file));
  NewFile made(file, std::move(fd), replace);
  if (::fchmod(made.fd_.get(), 0600) != 0 || ::ftruncate(made.fd_.get(), 0) != 0)
    return made.failed();
  return made;
}

Result<Nothing> NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed();
    bytes.remove_prefix(static_cast<std::size_t>(put));
    size_ += static_cast<std::uint64_t>(put);
  }
  if (size_ - flushed_ < flush_bytes) return Nothing{};
  // A courtesy, which a file system may leave undone; and a rest as long, for whoever waits.
  const auto began = std::chrono::steady_clock::now();
  ::sync_file_range(
      fd_.get(), static_cast<off_t>(flushed_), static_cast<off_t>(size_ - flushed_),
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  std::this_thread::sleep_for(std::chrono::steady_clock::now() - began);
  flushed_ = size_;
  return Nothing{};
}

Result<Nothing> NewFile::finish() {
  if (::fsync(fd_.get()) != 0) return failed();
  const Fd replaced = replace_ ? open_to_shrink(file_) : Fd();
  const unsigned flags = replace_ ? 0 : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, file_.c_str(), flags) != 0) return failed();
  fd_.reset();
  if (replaced && !has_a_name(replaced.get())) shrink(replaced.get());
  return sync_path(file_.has_parent_path() ? file_.parent_path() : ".");
}

void remove_gently(const std::filesystem::path& path) {
  if (const Fd fd = open_to_shrink(path)) shrink(fd.get());
  ::unlink(path.c_str());
}

void remove_database(const std::filesystem::path& path) {
  for (const char* beside : {"-wal", "-shm", "-journal", ""}) remove_gently(path.string() + beside);
}

Result<Nothing> sync_path(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd && ::fsync(fd.get()) == 0) return Nothing{};
  return Error{Code::unavailable,
               path.string() + " cannot be kept: " + std::strerror(errno) + "; check the disk"};
}

}  // namespace kappa::folder
