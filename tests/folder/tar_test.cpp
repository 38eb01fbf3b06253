// The archive alone: no byte of it can change unnoticed, and nothing else passes for one.
#include "folder/tar.hpp"

#include <sys/mman.h>

#include <map>

#include "base/fd.hpp"
#include "support.hpp"

namespace kappa::test {
namespace {

using Files = std::map<std::string, std::string>;

std::string archive_of(const Files& files) {
  std::string bytes;
  folder::TarWriter tar(
      [&](std::string_view piece) -> Result<Nothing> {
        bytes += piece;
        return Nothing{};
      },
      {1'795'518'016'000'000});
  for (const auto& [name, text] : files) must(tar.add(name, text));
  must(tar.finish());
  return bytes;
}

Result<Files> files_of(const std::string& bytes) {
  const Fd fd(::memfd_create("archive", MFD_CLOEXEC));
  REQUIRE(::pwrite(fd.get(), bytes.data(), bytes.size(), 0) == std::ssize(bytes));
  folder::TarReader tar(fd.get(), "b.tar");
  Files files;
  while (auto entry = TRY(tar.next())) {
    TRY(tar.read(*entry, [&](std::string_view piece) -> Result<Nothing> {
      files[entry->name] += piece;
      return Nothing{};
    }));
  }
  return files;
}

const Files sample = {{"manifest.json", "{}"},
                      {"data.db", std::string(700, 'd')},
                      {"fn_code.db", std::string(512, 'c')}};

TEST_CASE("what was put in comes out") { CHECK(must(files_of(archive_of(sample))) == sample); }

TEST_CASE("every changed byte is found") {
  const std::string good = archive_of(sample);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int change : {1, 0x80}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ change);
      CAPTURE(at);
      const auto read = files_of(bad);
      REQUIRE_FALSE(read);
      CHECK(read.error().code == Code::invalid);
    }
  }
}

TEST_CASE("an archive cut short anywhere, or with something behind it, is found") {
  const std::string good = archive_of(sample);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    REQUIRE_FALSE(files_of(good.substr(0, size)));
  }
  REQUIRE_FALSE(files_of(good + std::string(1, '\0')));
}

TEST_CASE("a size beyond eight gibibytes is written and read") {
  std::string head;
  const Fd empty(::memfd_create("large", MFD_CLOEXEC));
  const std::string path = "/proc/self/fd/" + std::to_string(empty.get());
  constexpr std::uint64_t size = std::uint64_t{9} << 30;
  REQUIRE(::ftruncate(empty.get(), static_cast<off_t>(size)) == 0);
  folder::TarWriter tar(
      [&](std::string_view piece) -> Result<Nothing> {
        if (!head.empty()) return Error{Code::unavailable, "that is enough"};
        head = piece;
        return Nothing{};
      },
      {});
  CHECK_FALSE(tar.add_file("data.db", path));
  const Fd fd(::memfd_create("archive", MFD_CLOEXEC));
  REQUIRE(::pwrite(fd.get(), head.data(), head.size(), 0) == std::ssize(head));
  folder::TarReader reader(fd.get(), "b.tar");
  const auto entry = must(reader.next());
  REQUIRE(entry);
  CHECK(entry->size == size);
}

}  // namespace
}  // namespace kappa::test
