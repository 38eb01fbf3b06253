// A backup of a folder that nobody serves, or that a process was killed in.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.hpp"
#include "folder/databases.hpp"
#include "folder/tar.hpp"
#include "folder/world.hpp"

namespace kappa::test {
namespace {

struct Backed {
  TempDir dir;
  Stores stores;
  data::Function function = stores.function("hello", "def main(): return 'hello'");
  Uuid exec_id = run_once(stores, function);
  std::filesystem::path file = dir.path() / "b.tar";

  Result<folder::Backup> back_up(bool replace = false) {
    return folder::make_backup(stores.dir.path(), file, replace, stores.clock);
  }
};

TEST_CASE("what was kept is restored: users, functions, code, executions, bill and logs") {
  Backed at;
  CHECK(must(at.back_up()).files == 3);
  const auto restored = at.dir.path() / "restored";
  CHECK(must(folder::restore_backup(at.file, restored, false)).files == 3);
  CHECK(faults_in(restored) == "");
  SystemClock clock;
  SystemRandom random;
  const auto data = data::open_data(restored / "data.db", clock, random);
  CHECK(must(data->get_function({at.function.fn_id})).name.value == "hello");
  CHECK(must(data->get_execution({at.exec_id})).verdict == Verdict::ok);
  CHECK(must(data->get_bill({at.function.user_id})).total == 1);
  const auto logs = fn_logs::open_fn_logs(restored / "fn_logs", clock);
  CHECK(must(logs->read_execution({at.exec_id})).outputs.front().pieces.front().text ==
        "printed\n");
  const auto code = fn_code::open_fn_code(restored / "fn_code.db", clock);
  CHECK(must(must(code->read({*at.function.code_id})).next()) == "def main(): return 'hello'");
}

TEST_CASE("a backup is a tar file that its owner alone may read, each database standing alone") {
  Backed at;
  must(at.back_up());
  struct stat status {};
  REQUIRE(::stat(at.file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(names_in(at.dir.path()) == "b.tar ");
  const std::string unpack = "cd '" + at.dir.path().string() +
                             "' && tar xf b.tar && sha256sum --quiet --strict -c SHA256SUMS";
  CHECK(std::system(unpack.c_str()) == 0);
  CHECK(sql(at.dir.path() / "data.db", "PRAGMA journal_mode") == "delete");
  CHECK(sql(at.dir.path() / "data.db", "SELECT COUNT(*) FROM execution") == "1");
}

TEST_CASE("a file that is there is replaced only when that was said, and then at once") {
  Backed at;
  write_bytes(at.file, "precious");
  const auto refused = at.back_up();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(refused.error().detail.find("--replace") != std::string::npos);
  CHECK(bytes_of(at.file) == "precious");
  must(at.back_up(true));
  must(folder::restore_backup(at.file, at.dir.path() / "restored", false));
}

TEST_CASE("what is replaced stays whole under its other name") {
  Backed at;
  write_bytes(at.file, "precious");
  std::filesystem::create_hard_link(at.file, at.dir.path() / "yesterday.tar");
  must(at.back_up(true));
  CHECK(bytes_of(at.dir.path() / "yesterday.tar") == "precious");
}

TEST_CASE("what a killed backup left is in nobody's way") {
  Backed at;
  write_bytes(at.file.string() + ".part", std::string(1 << 20, 'x'));
  write_bytes(at.file.string() + ".part.db", std::string(1 << 20, 'x'));
  must(at.back_up());
  CHECK(names_in(at.dir.path()) == "b.tar ");
  must(folder::restore_backup(at.file, at.dir.path() / "restored", false));
}

TEST_CASE("a folder without data has no backup") {
  const TempDir dir;
  const SystemClock clock;
  const auto refused = folder::make_backup(dir.path(), dir.path() / "b.tar", false, clock);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("has no database of Kappa") != std::string::npos);
  CHECK(names_in(dir.path()) == "");
}

TEST_CASE("a damaged database is not backed up as if it were whole") {
  Backed at;
  at.stores.data.reset();
  const auto file = at.stores.dir.path() / "data.db";
  std::string bytes = bytes_of(file);
  bytes.replace(2 * 4096, 4096, std::string(4096, '\xff'));
  write_bytes(file, bytes);
  const auto refused = at.back_up();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("data.db is damaged") != std::string::npos);
  CHECK(names_in(at.dir.path()) == "");
}

TEST_CASE("a function whose code is lost is named, and does not keep the rest from being saved") {
  Backed at;
  at.stores.fn_code.reset();
  sql(at.stores.dir.path() / "fn_code.db", "DELETE FROM holder; DELETE FROM code");
  const auto made = must(at.back_up());
  REQUIRE(made.codeless.size() == 1);
  CHECK(made.codeless[0].name == "hello");
}

TEST_CASE("one backup at a time writes a file") {
  Backed at;
  Fd other(::open((at.file.string() + ".part").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  const auto refused = at.back_up();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  other.reset();
  must(at.back_up());
}

}  // namespace
}  // namespace kappa::test
