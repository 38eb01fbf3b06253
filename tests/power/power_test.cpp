// Power cuts at random moments under a random load: what was acknowledged is there, the files are
// whole. KAPPA_POWER_CUTS says how many (400 by hand), KAPPA_POWER_SEED repeats one.
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "power/lossy_disk.hpp"
#include "power/workload.hpp"
#include "support.hpp"

namespace kappa::test {
namespace {

constexpr std::int64_t latest_cut = 6000;  // some 500 commits: by then the log has been folded back

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// What SQLite's own check has to say about a file; "ok", also when there is none.
std::string integrity(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return "ok";
  sqlite3* db = nullptr;
  std::string said = "cannot be opened";
  if (sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
    const auto take = [](void* to, int, char** values, char**) {
      *static_cast<std::string*>(to) = values[0];
      return 0;
    };
    char* why = nullptr;
    if (sqlite3_exec(db, "PRAGMA integrity_check", take, &said, &why) != SQLITE_OK) said = why;
    sqlite3_free(why);
  }
  sqlite3_close(db);
  return said;
}

/// Some of many, as a test shows them.
std::string some_of(const std::vector<std::string>& all) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), 5); ++i) text += all[i] + "; ";
  return text;
}

struct Outcome {
  Found found;
  std::vector<std::string> damaged;
  std::int64_t unsynced = 0;
};

/// Runs a load until the power is cut, then looks at what the disk has.
Outcome cut_once(std::uint64_t seed, Syncs syncs) {
  TempDir before;
  TempDir after;
  std::mt19937_64 random(seed);
  Acknowledged acknowledged;
  LossyDisk::begin(before.path(), random(), static_cast<std::int64_t>(random() % latest_cut),
                   syncs);
  run_load(before.path(), random(), acknowledged);
  Outcome outcome;
  outcome.unsynced = LossyDisk::unsynced();
  LossyDisk::end(after.path());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(after.path())) {
    if (entry.path().extension() != ".db") continue;
    const std::string said = integrity(entry.path());
    if (said != "ok") outcome.damaged.push_back(entry.path().filename().string() + ": " + said);
  }
  if (outcome.damaged.empty()) outcome.found = look(after.path(), acknowledged);
  return outcome;
}

TEST_CASE("whenever the power is cut, what was acknowledged is there and the files are whole") {
  const std::uint64_t cuts = setting("KAPPA_POWER_CUTS", 30);
  const std::uint64_t seed = setting("KAPPA_POWER_SEED", std::random_device()());
  std::int64_t kept = 0;
  std::int64_t unsynced = 0;
  std::int64_t lines_lost = 0;
  for (std::uint64_t i = 0; i < cuts; ++i) {
    CAPTURE(seed + i);
    const Outcome outcome = cut_once(seed + i, Syncs::honoured);
    CHECK(some_of(outcome.damaged) == "");
    CHECK(some_of(outcome.found.lost) == "");
    kept += outcome.found.kept;
    lines_lost += outcome.found.outputs_lost;
    unsynced += outcome.unsynced > 0 ? 1 : 0;
  }
  CHECK(unsynced > 0);  // else nothing was tried
  MESSAGE(cuts << " power cuts from seed " << seed << ", " << unsynced << " with writes under way: "
               << kept << " acknowledged things are there; of what functions printed " << lines_lost
               << " are not, as it may be");
}

TEST_CASE("a disk that ignores syncs loses what was acknowledged, and this is noticed") {
  constexpr std::uint64_t cuts = 10;
  std::uint64_t noticed = 0;
  for (std::uint64_t seed = 1; seed <= cuts; ++seed) {
    const Outcome outcome = cut_once(seed, Syncs::ignored);
    if (!outcome.damaged.empty() || !outcome.found.lost.empty()) ++noticed;
  }
  CHECK(noticed > cuts / 2);
}

TEST_CASE("what is synced at checkpoints alone, as logs are, loses its newest and stays whole") {
  constexpr std::uint64_t cuts = 10;
  std::int64_t lost = 0;
  for (std::uint64_t seed = 100; seed < 100 + cuts; ++seed) {
    const Outcome outcome = cut_once(seed, Syncs::honoured);
    CHECK(some_of(outcome.damaged) == "");
    lost += outcome.found.outputs_lost;
  }
  CHECK(lost > 0);
}

}  // namespace
}  // namespace kappa::test
