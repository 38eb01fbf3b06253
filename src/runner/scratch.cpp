// A folder's name tells whose it is, so that a later process can tell which are left over.
#include "runner/scratch.hpp"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

#include "runner/must.hpp"

namespace kappa::runner {
namespace {

namespace fs = std::filesystem;

const std::string prefix = "kappa-fn-";

/// What a function leaves may forbid its own removal.
void remove_folder(const fs::path& folder) {
  std::error_code ignored;
  ::chmod(folder.c_str(), 0700);
  for (fs::recursive_directory_iterator
           at(folder, fs::directory_options::skip_permission_denied, ignored),
       end;
       at != end; at.increment(ignored)) {
    if (at->is_directory(ignored) && !at->is_symlink(ignored)) ::chmod(at->path().c_str(), 0700);
  }
  fs::remove_all(folder, ignored);
}

}  // namespace

std::string make_scratch() {
  std::string name = "/tmp/" + prefix + std::to_string(::getpid()) + "-XXXXXX";
  must(::mkdtemp(name.data()) != nullptr, "scratch folder");
  return name;
}

bool empty_scratch(const std::string& folder) {
  remove_folder(folder);
  return ::mkdir(folder.c_str(), 0700) == 0;
}

void sweep_scratch() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/tmp", ignored)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix)) continue;
    pid_t owner = 0;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), owner);
    const bool gone = owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH;
    struct stat folder {};
    if (gone && ::lstat(entry.path().c_str(), &folder) == 0 && folder.st_uid == ::geteuid())
      remove_folder(entry.path());
  }
}

}  // namespace kappa::runner
