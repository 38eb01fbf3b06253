// Data folders with something in them, and their backups.
#pragma once

#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <string>

#include "contract/world.hpp"
#include "folder/check.hpp"
#include "folder/restore.hpp"

namespace kappa::test {

/// A function that has run once and printed; gives its execution.
inline Uuid run_once(Stores& stores, const data::Function& function) {
  data::StartExecution start;
  start.exec_id = make_uuid(stores.clock, stores.random);
  start.runner = "local";
  start.fn_id = function.fn_id;
  start.user_id = function.user_id;
  start.fn_name = function.name;
  start.queued_at = stores.clock.now();
  must(stores.data->start_execution(start));
  const Timestamp now = stores.clock.now();
  must(stores.fn_logs->append(
      {function.fn_id, start.exec_id, now, {{now, fn_logs::Channel::out, "printed\n"}}}));
  data::FinishExecution end;
  end.exec_id = start.exec_id;
  end.attempt = start.attempt;
  end.verdict = Verdict::ok;
  end.started_at = start.queued_at;
  end.ended_at = now;
  must(stores.data->finish_execution(end));
  return start.exec_id;
}

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Runs SQL on a database as a stranger would; gives the first column of the first row.
inline std::string sql(const std::filesystem::path& file, const std::string& text) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  std::string first;
  const auto keep = [](void* to, int, char** columns, char**) {
    if (columns[0] != nullptr) *static_cast<std::string*>(to) = columns[0];
    return 0;
  };
  char* error = nullptr;
  const int code = sqlite3_exec(db, text.c_str(), keep, &first, &error);
  CAPTURE(text);
  CAPTURE(error == nullptr ? "" : error);
  REQUIRE(code == SQLITE_OK);
  sqlite3_close(db);
  return first;
}

/// What is not as it should be in a folder, one line each.
inline std::string faults_in(const std::filesystem::path& folder,
                             folder::Depth depth = folder::Depth::pages) {
  std::string text;
  for (const auto& found : must(folder::check_folder(folder, depth))) {
    if (found.kind == folder::Finding::Kind::fine) continue;
    text += found.about + ": " + found.detail + " | " + found.todo + "\n";
  }
  return text;
}

/// What a folder has in it and below, by name.
inline std::string names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    names.push_back(std::filesystem::relative(entry.path(), folder).string());
  std::sort(names.begin(), names.end());
  std::string text;
  for (const auto& name : names) text += name + " ";
  return text;
}

}  // namespace kappa::test
