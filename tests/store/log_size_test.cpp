// The write-ahead log: what lets it grow, and that it never stays so.
#include <atomic>
#include <thread>

#include "store/snapshot.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

const std::string ten_kb(10'000, 'x');
const store::FileOptions unsynced{.sync_each_commit = false};  // what is tried is its size

std::uintmax_t log_bytes(const Notes& notes) {
  std::error_code none;
  const auto size = std::filesystem::file_size(notes.path.string() + "-wal", none);
  return none ? 0 : size;
}

/// Writes notes until the log has that size, which it gets to only while somebody reads.
std::int64_t grow(const Notes& notes, store::File& file, std::uintmax_t bytes) {
  std::int64_t n = 0;
  while (log_bytes(notes) < bytes) must(file.write(add(++n, ten_kb)));
  return n;
}

TEST_CASE("a log that a slow reader let grow is emptied once it has gone and nobody writes") {
  const Notes notes;
  const auto file = notes.open(unsynced);
  {
    auto reader = must(store::Snapshot::take(notes.path));
    const auto n = grow(notes, *file, 20U << 20);
    CHECK(must(count(reader.database())) == 0);  // it reads what it began with
    CHECK(notes_in(*file) == n);
  }
  CHECK(eventually([&] { return log_bytes(notes) == 0; }));
}

TEST_CASE("while others write, a log that a slow reader let grow is cut to 64 MiB, bit by bit") {
  const Notes notes;
  const auto file = notes.open(unsynced);
  std::int64_t n = 0;
  {
    const auto reader = must(store::Snapshot::take(notes.path));
    n = grow(notes, *file, 80U << 20);
  }
  std::uintmax_t cut_most = 0;
  CHECK(eventually([&] {
    const auto before = log_bytes(notes);
    must(file->write(add(++n)));
    const auto now = log_bytes(notes);
    cut_most = std::max(cut_most, before - std::min(before, now));
    return now <= 64U << 20;
  }));
  CHECK(cut_most <= 8U << 20);
}

TEST_CASE("a reader that stays keeps nobody from writing, however often the log is looked at") {
  const Notes notes;
  const auto file = notes.open();
  must(file->write(add(1)));
  auto reader = must(store::Snapshot::take(notes.path));
  must(file->write(add(2)));
  // Longer than the pause after which the log would be emptied, were there no reader.
  const auto begin = std::chrono::steady_clock::now();
  std::int64_t n = 2;
  CHECK(eventually([&] {
    const auto asked = std::chrono::steady_clock::now();
    const bool idled = asked - begin > std::chrono::milliseconds(2500);
    if (idled) must(file->write(add(++n)));
    return idled && std::chrono::steady_clock::now() - asked < std::chrono::milliseconds(500);
  }));
  CHECK(must(count(reader.database())) == 1);
  CHECK(notes_in(*file) == n);
}

TEST_CASE("what gathered in the log during a snapshot is put away by whoever took it") {
  const Notes notes;
  const auto file = notes.open(unsynced);
  auto reader = must(store::Snapshot::take(notes.path));
  grow(notes, *file, 20U << 20);
  const auto before = std::filesystem::file_size(notes.path);
  store::Snapshot::end(std::move(reader));
  CHECK(std::filesystem::file_size(notes.path) > before + (10U << 20));
}

TEST_CASE("what gathered in the log during a snapshot is put away while others go on writing") {
  const Notes notes;
  const auto file = notes.open(unsynced);
  auto reader = must(store::Snapshot::take(notes.path));
  grow(notes, *file, 20U << 20);
  const auto before = std::filesystem::file_size(notes.path);
  const std::int64_t there = notes_in(*file);
  std::atomic<bool> ending = false;
  std::int64_t n = there;
  std::thread writing([&] {
    while (!ending) must(file->write(add(++n)));
  });
  store::Snapshot::end(std::move(reader));
  ending = true;
  writing.join();
  CHECK(std::filesystem::file_size(notes.path) > before + (10U << 20));
  CHECK(notes_in(*file) == n);
}

}  // namespace
}  // namespace kappa::test
