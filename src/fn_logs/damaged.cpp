// Renaming, the log first: a database without its log is only older.
#include "fn_logs/damaged.hpp"

#include <algorithm>
#include <system_error>

namespace kappa::fn_logs {
namespace {

const std::string mark = ".db.damaged";

std::filesystem::path with(const std::filesystem::path& file, const std::string& end) {
  return file.string() + end;
}

std::filesystem::path free_name(const std::filesystem::path& file) {
  const std::filesystem::path first = with(file, ".damaged");
  std::filesystem::path name = first;
  for (int i = 2; std::filesystem::exists(name); ++i) name = with(first, "." + std::to_string(i));
  return name;
}

}  // namespace

Result<std::filesystem::path> set_aside(const std::filesystem::path& file) {
  std::error_code failed;
  const auto name = free_name(file);
  for (const char* end : {"-wal", "-shm", ""}) {
    if (!std::filesystem::exists(with(file, end))) continue;
    std::filesystem::rename(with(file, end), with(name, end), failed);
    if (failed) {
      return Error{Code::unavailable, file.string() +
                                          " is damaged and cannot be renamed: " + failed.message() +
                                          "; check that its folder belongs to this user"};
    }
  }
  return name;
}

Result<std::vector<std::string>> set_aside_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(directory, failed), end; !failed && at != end;
       at.increment(failed)) {
    std::string name = at->path().filename().string();
    const std::size_t found = name.find(mark);
    if (found != name.npos && name.find('-', found) == name.npos)  // neither its -wal nor its -shm
      names.push_back(std::move(name));
  }
  if (failed)
    return Error{Code::unavailable, "the folder of the logs cannot be listed: " + failed.message()};
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace kappa::fn_logs
