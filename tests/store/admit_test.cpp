// Whether a file takes what is to be written later: room on its disk, and the last write's fate.
#include <sqlite3.h>

#include "disk.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

/// Rewrites a page as it is.
Result<Nothing> touch(store::Database& db) { return db.run("PRAGMA user_version = 0"); }

TEST_CASE("with less room on the disk than is kept nothing new is admitted, and writes go on") {
  Notes notes;
  store::FileOptions options;
  options.keep_free_bytes = std::uint64_t{1} << 60;
  auto file = notes.open(options);
  const auto admitted = file->admit();
  REQUIRE_FALSE(admitted);
  CHECK(admitted.error().code == Code::unavailable);
  CHECK(admitted.error().detail.find("notes.db") != std::string::npos);
  CHECK(admitted.error().detail.find("free some space") != std::string::npos);
  CHECK_FALSE(file->check(touch));
  CHECK(file->write(add(1)));
}

TEST_CASE("a check tries a write after one that failed, and finds that it works again") {
  disk();
  Notes notes;
  auto file = notes.open();
  CHECK(file->check(touch));
  disk().write_fails = SQLITE_FULL;
  CHECK_FALSE(file->write(add(1)));
  const auto checked = file->check(touch);
  disk().write_fails = 0;
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Code::unavailable);
  CHECK(eventually([&] { return file->check(touch).has_value(); }));
  CHECK_FALSE(file->writer().failing());
  CHECK(notes_in(*file) == 0);
}

}  // namespace
}  // namespace kappa::test
