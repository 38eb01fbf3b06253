// A copy of a database that others write meanwhile.
#include "store/snapshot.hpp"

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "world.hpp"

namespace kappa::test {
namespace {

TEST_CASE("a copy has what there was when its snapshot was taken, whatever is written meanwhile") {
  const Notes notes;
  const auto file = notes.open();
  for (int n = 1; n <= 500; ++n) must(file->write(add(n, std::string(10'000, 'a'))));
  std::atomic<bool> ending = false;
  std::thread writing([&] {
    for (int n = 501; !ending; ++n) must(file->write(add(n, std::string(10'000, 'b'))));
  });
  auto snapshot = must(store::Snapshot::take(notes.path));
  const auto there = must(count(snapshot.database()));
  const auto copy = notes.dir.path() / "copy.db";
  const auto copied = snapshot.copy(copy);
  ending = true;
  writing.join();
  must(copied);
  CHECK(there >= 500);
  CHECK(notes_in(*file) >= there);
  auto opened = must(store::Database::open(copy, {.read_only = true}));
  CHECK(must(count(opened)) == there);
  CHECK_FALSE(std::filesystem::exists(copy.string() + "-wal"));
  struct stat status {};
  REQUIRE(::stat(copy.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a copy never goes where something is") {
  const Notes notes;
  const auto file = notes.open();
  auto snapshot = must(store::Snapshot::take(notes.path));
  const auto refused = snapshot.copy(notes.path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
}

TEST_CASE("ending a snapshot of a file that is gone makes none in its place") {
  const Notes notes;
  const auto file = notes.open();
  auto snapshot = must(store::Snapshot::take(notes.path));
  std::filesystem::remove(notes.path);
  store::Snapshot::end(std::move(snapshot));
  CHECK_FALSE(std::filesystem::exists(notes.path));
}

TEST_CASE("there is no snapshot of what is not there, or no database") {
  const TempDir dir;
  CHECK(store::Snapshot::take(dir.path() / "absent.db").error().code == Code::unavailable);
  std::ofstream(dir.path() / "text.db") << std::string(4096, 'x');
  CHECK(store::Snapshot::take(dir.path() / "text.db").error().code == Code::internal);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "absent.db"));
}

}  // namespace
}  // namespace kappa::test
