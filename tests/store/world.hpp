// A file with one table, as most tests here need it.
#pragma once

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "store/file.hpp"
#include "support.hpp"

namespace kappa::test {

constexpr std::array<store::Migration, 1> one_table = {
    {{"0001_note.sql", "CREATE TABLE note (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"}}};

/// A folder with "notes.db" in it.
struct Notes {
  TempDir dir;
  SystemClock clock;
  std::filesystem::path path = dir.path() / "notes.db";

  std::unique_ptr<store::File> open(const store::FileOptions& options = {}) const {
    return must(store::File::open(path, one_table, clock, options));
  }
};

/// A job that adds a note.
inline auto add(std::int64_t n, std::string text = "x") {
  return [n, text](store::Database& db) {
    return db.run("INSERT INTO note VALUES (?, ?)", {n, text});
  };
}

inline Result<std::int64_t> count(store::Database& db) {
  auto rows = db.query("SELECT COUNT(*) FROM note");
  if (!TRY(rows.next())) return std::int64_t{-1};
  return rows.integer(0);
}

inline std::int64_t notes_in(store::File& file) { return must(file.read(count)); }

/// All bytes of a file; nothing when there is none.
inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace kappa::test
