// What the look at a data folder finds, and says to do.
#include "folder/world.hpp"

namespace kappa::test {
namespace {

bool has(const std::string& text, const std::string& part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

struct Checked {
  Stores stores;
  data::Function function = stores.function("hello", "def main(): return 'hello'");
  Uuid exec_id = run_once(stores, function);

  std::filesystem::path file(const std::string& name) const { return stores.dir.path() / name; }
  std::filesystem::path day() const {
    for (const auto& entry : std::filesystem::directory_iterator(file("fn_logs"))) {
      if (entry.path().extension() == ".db") return entry.path();
    }
    return {};
  }
  void close() {
    stores.logs.reset();
    stores.data.reset();
    stores.fn_code.reset();
    stores.fn_logs.reset();
  }
  std::string faults() const { return faults_in(stores.dir.path()); }
};

TEST_CASE("a folder in use, with nothing wrong in it, has no finding") {
  const Checked at;
  CHECK(at.faults() == "");
}

TEST_CASE("a damaged page is found") {
  Checked at;
  at.close();
  std::string bytes = bytes_of(at.file("data.db"));
  bytes.replace(2 * 4096, 4096, std::string(4096, '\xff'));
  write_bytes(at.file("data.db"), bytes);
  CHECK(has(at.faults(), "data.db: data.db is damaged"));
  CHECK(has(at.faults(), "restore a backup"));
}

TEST_CASE("a source that is not its hash's is found") {
  Checked at;
  at.close();
  sql(at.file("fn_code.db"), "UPDATE code SET body = CAST('def main(): pass' AS BLOB)");
  CHECK(has(at.faults(), "fn_code.db is damaged: the source with hash " +
                             at.function.code_id->value + " has another"));
}

TEST_CASE("a function without code is found, with its owner") {
  Checked at;
  at.close();
  sql(at.file("fn_code.db"), "DELETE FROM holder; DELETE FROM code");
  CHECK(has(at.faults(), "'s function 'hello' has no code | its owner deletes and creates it"));
}

TEST_CASE("code and logs without a function are found") {
  Checked at;
  at.close();
  sql(at.file("data.db"), "UPDATE function SET state = 'deleted'");
  CHECK(has(at.faults(),
            "fn_code.db: code of 1 functions that are gone: " + to_text(at.function.fn_id)));
  CHECK(has(at.faults(),
            "fn_logs: logs of 1 functions that are gone: " + to_text(at.function.fn_id)));
}

TEST_CASE("what a silent function was given is found when its function is gone") {
  Checked at;
  const auto silent = at.stores.function("silent");
  fn_logs::Output output{silent.fn_id,
                         make_uuid(at.stores.clock, at.stores.random),
                         at.stores.clock.now(),
                         {},
                         silent.user_id};
  output.exchange = fn_logs::Exchange{"{}", 2, {}, 0};
  must(at.stores.fn_logs->append(output));
  at.close();
  sql(at.file("data.db"), "UPDATE function SET state = 'deleted' WHERE name = 'silent'");
  CHECK(has(at.faults(), "fn_logs: logs of 1 functions that are gone: " + to_text(silent.fn_id)));
}

TEST_CASE("a row that refers to nothing is found") {
  Checked at;
  at.close();
  sql(at.file("data.db"), "INSERT INTO session VALUES (x'00', 999, 0, 0)");
  CHECK(has(at.faults(), "data.db is damaged: a row of 'session' refers to a 'user'"));
  CHECK(has(at.faults(), "restore a backup"));
}

TEST_CASE("an index that lacks a row is found by who asks for it, and can be made anew") {
  Checked at;
  at.close();
  sql(at.file("data.db"),
      "PRAGMA writable_schema = ON;"
      "CREATE TEMP TABLE hidden AS SELECT * FROM sqlite_master WHERE name = 'event_function';"
      "DELETE FROM sqlite_master WHERE name = 'event_function';"
      "PRAGMA writable_schema = RESET;"
      "INSERT INTO event (fn_id, ts, status) VALUES (x'00', 1, 'created');"
      "PRAGMA writable_schema = ON;"
      "INSERT INTO sqlite_master SELECT * FROM hidden");
  CHECK(at.faults() == "");
  const auto thorough = [&] { return faults_in(at.stores.dir.path(), folder::Depth::indexes); };
  CHECK(has(thorough(), "data.db: an index of data.db does not fit its table: "));
  CHECK(
      has(thorough(), "event_function | stop Kappa, keep a copy of the folder, and run: sqlite3 " +
                          at.file("data.db").string() + " REINDEX"));
  sql(at.file("data.db"), "REINDEX");
  CHECK(thorough() == "");
}

TEST_CASE("a restore that was cut short is told, not looked through") {
  const Checked at;
  std::filesystem::create_directory(at.file("restore.whole"));
  const auto found = folder::check_folder(at.stores.dir.path());
  REQUIRE_FALSE(found);
  CHECK(has(found.error().detail, "has a restore that was cut short; starting Kappa there"));
}

}  // namespace
}  // namespace kappa::test
