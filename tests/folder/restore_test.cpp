// A restore that is refused, changed, or killed at each of its steps.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "folder/data_folder.hpp"
#include "folder/tar.hpp"
#include "folder/world.hpp"
#include "store/child.hpp"

namespace kappa::test {
namespace {

using std::filesystem::path;

/// A folder of one user as it is after kill -9: what was written last is in the logs beside the
/// databases alone.
void fill_and_die(const path& folder, const std::string& username) {
  std::filesystem::create_directory(folder);
  REQUIRE(run_child([&] {
            SystemClock clock;
            SystemRandom random;
            const auto data = data::open_data(folder / "data.db", clock, random);
            const auto code = fn_code::open_fn_code(folder / "fn_code.db", clock);
            const auto logs = fn_logs::open_fn_logs(folder / "fn_logs", clock);
            must(data->signup({{username}, {"correct horse"}}));
            ::_exit(0);
          }) == 0);
  REQUIRE(std::filesystem::file_size(folder / "data.db-wal") > 0);
}

std::string user_in(const path& folder) {
  return sql(folder / "data.db", "SELECT group_concat(username) FROM user");
}

struct Backups {
  TempDir dir;
  path file = dir.path() / "new.tar";
  Backups() {
    const SystemClock clock;
    fill_and_die(dir.path() / "source", "new");
    must(folder::make_backup(dir.path() / "source", file, false, clock));
  }
  path folder(const std::string& name) const { return dir.path() / name; }
};

/// Whether this system call changes what a folder has.
bool changes_a_folder(long call) {
  switch (call) {
    case SYS_rename:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_unlink:
    case SYS_unlinkat:
    case SYS_rmdir:
    case SYS_mkdir:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_ftruncate:
      return true;
    default:
      return false;
  }
}

/// Runs `body` in a child that is killed before the n-th call that changes a folder; whether it
/// lived to the end.
template <class Body>
bool killed_before(int n, Body body) {
  const pid_t child = start_child([&] {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    body();
  });
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSTOPPED(status));
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  for (int seen = 0;;) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (!WIFSTOPPED(status)) {
      REQUIRE(status == 0);
      return false;
    }
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    __ptrace_syscall_info call{};
    ::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(call), &call);
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY || !changes_a_folder(static_cast<long>(call.entry.nr)))
      continue;
    if (++seen < n) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return true;
  }
}

TEST_CASE("a restore killed before any of its steps leaves all of the old data or all of the new") {
  const Backups at;
  int old_data = 0;
  int new_data = 0;
  for (int n = 1;; ++n) {
    CAPTURE(n);
    const path folder = at.folder("killed");
    std::filesystem::remove_all(folder);
    fill_and_die(folder, "old");
    const bool killed =
        killed_before(n, [&] { must(folder::restore_backup(at.file, folder, true)); });
    must(folder::DataFolder::open(folder));  // as the next start does
    const std::string user = user_in(folder);
    REQUIRE((user == "old" || user == "new"));
    REQUIRE((user == "old" || killed || n > 1));
    REQUIRE((user == "new" || new_data == 0));  // once new, always new
    CHECK(faults_in(folder) == "");
    CHECK(names_in(folder).find("restore.") == std::string::npos);
    ++(user == "old" ? old_data : new_data);
    if (!killed) break;
  }
  CHECK(old_data > 5);
  CHECK(new_data > 5);
}

TEST_CASE(
    "a backup without one of the databases leaves none of the old ones, wherever it is killed") {
  const Backups at;
  const path apart = at.folder("apart");
  fill_and_die(apart, "new");
  std::filesystem::remove(apart / "fn_code.db");  // as where another Kappa keeps the code
  std::filesystem::remove(apart / "fn_code.db-wal");
  const path file = at.dir.path() / "apart.tar";
  const SystemClock clock;
  must(folder::make_backup(apart, file, false, clock));
  int new_data = 0;
  for (int n = 1;; ++n) {
    CAPTURE(n);
    const path folder = at.folder("killed");
    std::filesystem::remove_all(folder);
    fill_and_die(folder, "old");
    const bool killed = killed_before(n, [&] { must(folder::restore_backup(file, folder, true)); });
    must(folder::DataFolder::open(folder));  // as the next start does
    const bool old = user_in(folder) == "old";
    const std::string names = names_in(folder);
    CAPTURE(names);
    CHECK((names.find("fn_code.db") != names.npos) == old);
    CHECK(names.find(".absent") == names.npos);
    CHECK(names.find("restore.") == names.npos);
    new_data += old ? 0 : 1;
    if (!killed) break;
  }
  CHECK(new_data > 5);
}

TEST_CASE("a folder with data is refused, and as it was") {
  const Backups at;
  fill_and_die(at.folder("old"), "old");
  const auto refused = folder::restore_backup(at.file, at.folder("old"), false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(user_in(at.folder("old")) == "old");
}

TEST_CASE("a folder that is in use is refused") {
  const Backups at;
  const auto held = must(folder::DataFolder::open(at.folder("used")));
  const auto refused = folder::restore_backup(at.file, at.folder("used"), true);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("is in use by another Kappa") != std::string::npos);
}

TEST_CASE("a changed byte anywhere in a backup is found, and nothing is put in place") {
  const Backups at;
  const std::string good = bytes_of(at.file);
  const path bad_file = at.dir.path() / "bad.tar";
  constexpr std::size_t positions = 150;
  for (std::size_t i = 0; i < positions; ++i) {
    const std::size_t byte = i * (good.size() - 1) / (positions - 1);
    CAPTURE(byte);
    std::string bad = good;
    bad[byte] = static_cast<char>(bad[byte] ^ 1);
    write_bytes(bad_file, bad);
    REQUIRE_FALSE(folder::restore_backup(bad_file, at.folder("empty"), false));
    REQUIRE(names_in(at.folder("empty")) == "lock ");
  }
}

TEST_CASE("what is no backup is refused with what it is") {
  const Backups at;
  const auto refusal = [&](const std::string& name) {
    const auto refused = folder::restore_backup(at.dir.path() / name, at.folder("empty"), false);
    REQUIRE_FALSE(refused);
    return refused.error().detail;
  };
  CHECK(refusal("absent.tar").find("cannot be read: No such file") != std::string::npos);
  write_bytes(at.dir.path() / "text.tar", std::string(4096, 'x'));
  CHECK(refusal("text.tar").find("is no backup") != std::string::npos);
  write_bytes(at.dir.path() / "short.tar", bytes_of(at.file).substr(0, 5000));
  CHECK(refusal("short.tar").find("is damaged: it ends at byte 5000") != std::string::npos);
}

/// An archive with a right end, whatever is in it.
void write_archive(const path& file, const std::string& manifest, const std::string& name,
                   const std::string& content) {
  std::string bytes;
  folder::TarWriter tar(
      [&](std::string_view piece) -> Result<Nothing> {
        bytes += piece;
        return Nothing{};
      },
      {});
  must(tar.add("manifest.json", manifest));
  must(tar.add(name, content));
  must(tar.finish());
  write_bytes(file, bytes);
}

TEST_CASE("an archive of other things, or of a newer Kappa, is refused") {
  const TempDir dir;
  const path file = dir.path() / "b.tar";
  const auto refusal = [&](const std::string& manifest, const std::string& name,
                           const std::string& content) {
    write_archive(file, manifest, name, content);
    const auto refused = folder::restore_backup(file, dir.path() / "to", false);
    REQUIRE_FALSE(refused);
    CHECK(names_in(dir.path() / "to") == "lock ");
    return refused.error().detail;
  };
  const std::string manifest =
      R"({"format":1,"kappa":"0.1.0","taken_at":"2026-11-27T00:00:00.000000+00:00"})";
  CHECK(refusal(manifest, "../outside", "x").find("has no '../outside'") != std::string::npos);
  CHECK(refusal(manifest, "fn_logs/../../x.db", "x").find("has no 'fn_logs/") != std::string::npos);
  CHECK(refusal("{}", "data.db", "x").find("manifest.json /") != std::string::npos);
  std::string newer = manifest;
  newer.replace(newer.find("\"format\":1"), 10, "\"format\":2");
  CHECK(refusal(newer, "data.db", "x").find("restore it with that one") != std::string::npos);
  CHECK(refusal(manifest, "data.db", "no database").find("data.db") != std::string::npos);
  sql(dir.path() / "other.db", "CREATE TABLE t (n)");
  CHECK(refusal(manifest, "data.db", bytes_of(dir.path() / "other.db"))
            .find("it is no database of Kappa") != std::string::npos);
}

TEST_CASE("a database of a newer schema is refused") {
  const Backups at;
  fill_and_die(at.folder("newer"), "ada");
  sql(at.folder("newer") / "data.db",
      "INSERT INTO schema_migration SELECT MAX(n) + 1, 'later.sql', '', 0 FROM schema_migration");
  const SystemClock clock;
  const auto refused =
      folder::make_backup(at.folder("newer"), at.dir.path() / "newer.tar", false, clock);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("was written by a newer Kappa") != std::string::npos);
}

}  // namespace
}  // namespace kappa::test
