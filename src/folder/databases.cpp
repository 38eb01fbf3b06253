// The names that compose.cpp and the modules give their files.
#include "folder/databases.hpp"

#include <algorithm>

namespace kappa {

namespace data {
std::span<const store::Migration> migrations();
}
namespace fn_code {
std::span<const store::Migration> migrations();
}
namespace fn_logs {
std::span<const store::Migration> migrations();
}

namespace folder {
namespace {

/// "fn_logs/….db", of letters that no path can be climbed with.
bool is_log(std::string_view name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  if (!name.starts_with(fn_logs_name) || !name.ends_with(".db")) return false;
  name.remove_prefix(fn_logs_name.size());
  name.remove_suffix(3);
  return name.size() > 1 && name.size() < 64 && name.front() == '/' &&
         name.find_first_not_of(letters, 1) == name.npos;
}

}  // namespace

std::vector<std::string> databases_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder / fn_logs_name, failed), end;
       !failed && at != end; at.increment(failed)) {
    std::string name = std::string(fn_logs_name) + "/" + at->path().filename().string();
    if (is_log(name)) names.push_back(std::move(name));
  }
  std::sort(names.rbegin(), names.rend());
  for (const std::string_view name : {fn_code_name, data_name}) {
    if (std::filesystem::exists(folder / name, failed))
      names.insert(names.begin(), std::string(name));
  }
  return names;
}

std::vector<std::string> set_aside_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder / fn_logs_name, failed), end;
       !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    const std::size_t mark = name.find(".db.damaged");
    if (mark != name.npos && name.find('-', mark) == name.npos)  // neither its -wal nor its -shm
      names.push_back(std::string(fn_logs_name) + "/" + name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_database(std::string_view name) {
  return name == data_name || name == fn_code_name || is_log(name);
}

std::span<const store::Migration> migrations_of(std::string_view name) {
  if (name == data_name) return data::migrations();
  if (name == fn_code_name) return fn_code::migrations();
  return fn_logs::migrations();
}

}  // namespace folder
}  // namespace kappa
