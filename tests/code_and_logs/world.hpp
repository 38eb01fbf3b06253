// The storing modules' tests: a clock that is set, and what lies in a folder's files.
#pragma once

#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "fn_logs/fn_logs.hpp"
#include "store/database.hpp"
#include "support.hpp"

namespace kappa::test {

class SetClock final : public Clock {
 public:
  Timestamp now() const override { return {us_}; }
  void advance(std::chrono::microseconds by) { us_ += by.count(); }

 private:
  std::atomic<std::int64_t> us_{1'795'518'016'000'000};  // 2026-11-24T11:00:16Z
};

/// The module on a folder of its own.
struct LogFolder {
  TempDir dir;
  SetClock clock;
  SystemRandom random;
  std::filesystem::path folder = dir.path() / "fn_logs";
  std::unique_ptr<fn_logs::FnLogs> logs = fn_logs::open_fn_logs(folder, clock);

  Uuid id() { return make_uuid(clock, random); }
  void reopen() {
    logs.reset();
    logs = fn_logs::open_fn_logs(folder, clock);
  }
};

/// Whether any file below `folder` holds these bytes.
inline bool on_disk(const std::filesystem::path& folder, const std::string& text) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

/// Overwrites the page where a table of a file that nobody has open begins.
inline void damage(const std::filesystem::path& file, const std::string& table) {
  std::int64_t page = 0;
  {
    auto db = must(store::Database::open(file));
    auto rows = db.query("SELECT rootpage FROM sqlite_schema WHERE name = ?", {table});
    REQUIRE(must(rows.next()));
    page = rows.integer(0);
  }
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp((page - 1) * 4096);
  out << std::string(4096, 'x');
}

}  // namespace kappa::test
