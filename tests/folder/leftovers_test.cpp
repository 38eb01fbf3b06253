// Which files of a data folder are removed, and which are only told of.
#include "folder/leftovers.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include "folder/new_file.hpp"
#include "folder/world.hpp"

namespace kappa::test {
namespace {

using std::filesystem::path;

struct Folder {
  Stores stores;
  path at(const std::string& name) const { return stores.dir.path() / name; }
  std::string today() const {
    for (const auto& entry : std::filesystem::directory_iterator(at("fn_logs"))) {
      if (entry.path().extension() == ".db") return "fn_logs/" + entry.path().filename().string();
    }
    return "";
  }
  void put(const std::string& name, const std::string& bytes, int days_old = 0) const {
    write_bytes(at(name), bytes);
    std::filesystem::last_write_time(
        at(name), std::filesystem::file_time_type::clock::now() - std::chrono::days(days_old));
  }
  std::string sweep() const {
    std::string names;
    for (const auto& removed : folder::sweep_leftovers(stores.dir.path()))
      names += removed.name + " ";
    return names;
  }
};

const std::string begun = std::string("manifest.json") + std::string(2000, '\0');

TEST_CASE("copies from before an update go after a week, of every database") {
  const Folder folder;
  const std::string day = folder.today();
  folder.put("data.db.v1", "old", 8);
  folder.put("data.db.v2", "young", 6);
  folder.put(day + ".v1", std::string(40 << 20, 'x'), 8);
  CHECK(folder.sweep() == "data.db.v1 " + day + ".v1 ");
  CHECK_FALSE(std::filesystem::exists(folder.at("data.db.v1")));
  CHECK_FALSE(std::filesystem::exists(folder.at(day + ".v1")));
  CHECK(bytes_of(folder.at("data.db.v2")) == "young");
  CHECK(folder.sweep() == "");
}

TEST_CASE("what is no copy, or the copy of a database that is not newer, stays") {
  const Folder folder;
  for (const char* name : {"data.db.v", "data.db.v1x", "notes.db.v1", "data.db.v1.part",
                           "data.db.v99", "fn_code.db.v1", "fn_logs/fn_logs-2020-01-01.db.v1"})
    folder.put(name, "kept", 30);  // fn_code.db is at version 1 itself
  std::filesystem::create_directory(folder.at("data.db.v2"));
  const std::string before = names_in(folder.stores.dir.path());
  CHECK(folder.sweep() == "");
  CHECK(names_in(folder.stores.dir.path()) == before);
}

TEST_CASE("a copy that was being removed when the machine stopped goes next time") {
  const Folder folder;
  folder.put("data.db.v1.gone", "half");
  folder.put("other.gone", "kept");
  CHECK(folder.sweep() == "");
  CHECK_FALSE(std::filesystem::exists(folder.at("data.db.v1.gone")));
  CHECK(std::filesystem::exists(folder.at("other.gone")));
}

TEST_CASE(
    "half a backup goes with its copy, one that is being made stays, and so do others' files") {
  const Folder folder;
  folder.put("dead.tar.part", begun);
  for (const char* beside : {"", "-wal", "-shm"})
    folder.put(std::string("dead.tar.part.db") + beside, "a copy");
  folder.put("letter.part", "Dear all");
  folder.put("letter.part.db", "of others");
  auto writing = must(folder::NewFile::begin(folder.at("now.tar"), false));
  must(writing.write(begun));
  folder.put("now.tar.part.db", "a copy");
  CHECK(folder.sweep() == "dead.tar.part ");
  const std::string names = names_in(folder.stores.dir.path());
  CHECK(names.find("dead") == names.npos);
  for (const char* kept : {"letter.part ", "letter.part.db ", "now.tar.part ", "now.tar.part.db "})
    CHECK(names.find(kept) != names.npos);
  must(writing.finish());
}

TEST_CASE("doctor tells of both, and says what becomes of them") {
  const Folder folder;
  folder.put("dead.tar.part", begun);
  folder.put("data.db.v1", std::string(3 << 20, 'x'));
  const std::string faults = faults_in(folder.stores.dir.path());
  CAPTURE(faults);
  CHECK(faults.find("dead.tar.part: 0 MiB of a backup that was cut short") != faults.npos);
  CHECK(faults.find("data.db.v1: a copy of 3 MiB from before an update | kappa serve removes it "
                    "after 7 days") != faults.npos);
}

}  // namespace
}  // namespace kappa::test
