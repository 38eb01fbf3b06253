// One question to the kernel.
#include "store/disk_room.hpp"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

namespace kappa::store {

Result<Nothing> has_room(const std::filesystem::path& folder, std::uint64_t keep_free_bytes,
                         const std::string& file) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) {
    return Error{Code::unavailable, "the disk of " + file + " cannot be asked for its room: " +
                                        std::strerror(errno) + "; check the disk"};
  }
  const std::uint64_t free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free_bytes >= keep_free_bytes) return Nothing{};
  return Error{Code::unavailable, "the disk of " + file + " is full but for " +
                                      std::to_string(free_bytes >> 10) + " KB, and " +
                                      std::to_string(keep_free_bytes >> 10) +
                                      " KB are kept for what is under way; free some space"};
}

}  // namespace kappa::store
