// What is forgotten, and what is not: by age, and by bytes of each user.
#include "fn_logs/fn_logs.hpp"
#include "store/migrate.hpp"
#include "world.hpp"

namespace kappa::fn_logs {
std::span<const store::Migration> migrations();
}

namespace kappa::test {
namespace {

using namespace std::chrono_literals;
using fn_logs::Channel;

struct ForgettingWorld {
  TempDir dir;
  SetClock clock;
  SystemRandom random;
  std::filesystem::path folder = dir.path() / "fn_logs";
  fn_logs::RetentionOptions options;
  std::unique_ptr<fn_logs::FnLogs> logs;

  void open() {
    logs.reset();
    logs = fn_logs::open_fn_logs(folder, clock, options);
  }
  Uuid id() { return make_uuid(clock, random); }
  void print(const Uuid& fn_id, std::int64_t user_id, const std::string& text) {
    const Timestamp now = clock.now();
    must(logs->append({fn_id, id(), now, {{now, Channel::out, text}}, user_id}));
    clock.advance(1us);
  }
  /// A call that printed nothing, was given so many bytes and gave back as many.
  Uuid exchange(const Uuid& fn_id, std::int64_t user_id, std::int64_t bytes) {
    fn_logs::Output output{fn_id, id(), clock.now(), {}, user_id};
    const std::string text = '"' + std::string(static_cast<std::size_t>(bytes - 2), 'x') + '"';
    output.exchange = fn_logs::Exchange{text, bytes, text, bytes};
    must(logs->append(output));
    clock.advance(1ms);
    return output.exec_id;
  }
  bool keeps(const Uuid& fn_id, const Uuid& exec_id) {
    return logs->read_exchange({fn_id, exec_id}).has_value();
  }
  /// How many of these, if those that are kept are the newest.
  std::size_t newest_kept(const Uuid& fn_id, const std::vector<Uuid>& exec_ids) {
    std::size_t first = exec_ids.size();  // from behind: more may be forgotten meanwhile
    while (first > 0 && keeps(fn_id, exec_ids[first - 1])) --first;
    for (std::size_t i = 0; i < first; ++i) REQUIRE_FALSE(keeps(fn_id, exec_ids[i]));
    return exec_ids.size() - first;
  }
  std::size_t count(const Uuid& fn_id) {
    fn_logs::ReadLines ask;
    ask.fn_id = fn_id;
    std::size_t count = 0;
    do {
      const auto page = must(logs->read_lines(ask));
      count += page.lines.size();
      ask.before = page.older;
    } while (ask.before);
    return count;
  }
};

TEST_CASE("days that are too old are forgotten with all their files, the others kept") {
  ForgettingWorld world;
  world.options.keep_days = 3;
  world.open();
  const Uuid fn_id = world.id();
  for (int day = 0; day < 6; ++day) {
    world.print(fn_id, 1, "day " + std::to_string(day));
    if (day < 5) world.clock.advance(24h);
  }
  std::ofstream(world.folder / "fn_logs-2026-11-24.db.v1") << "a copy";
  std::ofstream(world.folder / "notes.txt") << "nobody's day";
  world.open();
  const auto old_files = [&] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(world.folder)) {
      const std::string name = entry.path().filename().string();
      for (const char* day : {"fn_logs-2026-11-24", "fn_logs-2026-11-25"})
        count += name.starts_with(day) ? 1 : 0;
    }
    return count;
  };
  CHECK(eventually([&] { return old_files() == 0; }));
  CHECK(std::filesystem::exists(world.folder / "notes.txt"));
  CHECK(world.count(fn_id) == 4);
}

TEST_CASE("a user who prints too much loses the oldest, nobody else anything") {
  ForgettingWorld world;
  world.options.user_bytes = 1 << 20;
  world.open();
  const Uuid loud = world.id();
  const Uuid quiet = world.id();
  world.print(quiet, 2, "quiet");
  const std::string text(10'000, 'x');
  for (int i = 0; i < 1000; ++i) world.print(loud, 1, text);
  const auto kept = [&] { return world.count(loud); };
  // 1 MiB is 103 such rows; five per cent more is forgotten at once.
  CHECK(eventually([&] { return kept() <= 103; }));
  CHECK(kept() >= 95);
  CHECK(world.count(quiet) == 1);
  world.print(loud, 1, "the newest");
  fn_logs::ReadLines ask;
  ask.fn_id = loud;
  ask.limit = 1;
  CHECK(must(world.logs->read_lines(ask)).lines.at(0).text == "the newest");
}

TEST_CASE("what a user had is known after a restart, and what was erased does not count") {
  ForgettingWorld world;
  world.options.user_bytes = 1 << 30;
  world.open();
  const Uuid first = world.id();
  const Uuid second = world.id();
  const std::string text(10'000, 'x');
  for (int i = 0; i < 100; ++i) world.print(first, 1, text);
  world.clock.advance(24h);
  for (int i = 0; i < 100; ++i) world.print(second, 1, text);
  must(world.logs->erase_function({first}));
  world.options.user_bytes = 1'100'000;
  world.open();
  world.print(second, 1, text);
  CHECK(world.count(second) == 101);
  world.options.user_bytes = 500'000;
  world.open();
  CHECK(eventually([&] { return world.count(second) < 50; }));
  CHECK(world.count(second) >= 44);
}

TEST_CASE("inputs and results count, and the oldest of them go with what was printed then") {
  ForgettingWorld world;
  world.options.user_bytes = 1 << 20;
  world.open();
  const Uuid loud = world.id();
  const Uuid quiet = world.id();
  const Uuid kept = world.exchange(quiet, 2, 1000);
  std::vector<Uuid> exec_ids;
  for (int i = 0; i < 300; ++i) {
    exec_ids.push_back(world.exchange(loud, 1, 5000));
    if (i % 10 == 0) world.print(loud, 1, std::string(1000, 'x'));
  }
  // An input and a result of 5000 bytes, and a tenth of a row of 1000 bytes: 102 such are 1 MiB.
  const auto left = [&] { return world.newest_kept(loud, exec_ids); };
  CHECK(eventually([&] { return left() <= 102; }));
  CHECK(left() >= 95);
  // Lines go as those calls do that ended when they were printed.
  CHECK(eventually([&] { return world.count(loud) <= 11; }));
  CHECK(world.count(loud) >= 9);
  CHECK(world.keeps(quiet, kept));
}

TEST_CASE("inputs and results of printing calls count too, also after a restart") {
  ForgettingWorld world;
  world.open();
  const Uuid fn_id = world.id();
  std::vector<Uuid> exec_ids;
  for (int i = 0; i < 100; ++i) {
    const std::string text(10'000, '7');
    fn_logs::Output output{fn_id, world.id(), world.clock.now(), {}, 1};
    output.pieces = {{output.ts, Channel::out, "a line\n"}};
    output.exchange = fn_logs::Exchange{text, std::ssize(text), {}, 0};
    must(world.logs->append(output));
    exec_ids.push_back(output.exec_id);
    world.clock.advance(1ms);
    if (i == 50) world.clock.advance(24h);
  }
  world.options.user_bytes = 500'000;
  world.open();
  CHECK(eventually([&] { return world.newest_kept(fn_id, exec_ids) < 50; }));
  CHECK(world.newest_kept(fn_id, exec_ids) >= 44);
}

TEST_CASE("what was erased on a day that has passed does not count any more") {
  ForgettingWorld world;
  world.options.user_bytes = 1 << 20;
  world.open();
  const Uuid first = world.id();
  const Uuid second = world.id();
  const std::string text(10'000, 'x');
  for (int i = 0; i < 90; ++i) world.print(first, 1, text);
  world.clock.advance(72h);
  world.print(second, 1, text);
  world.open();  // and so what each day has is looked at
  for (int i = 0; i < 5; ++i) world.exchange(second, 1, 5000);
  must(world.logs->erase_function({first}));
  // Were it counted yet, these would go beyond.
  std::vector<Uuid> exec_ids;
  for (int i = 0; i < 80; ++i) exec_ids.push_back(world.exchange(second, 1, 5000));
  world.print(second, 1, std::string(900'000, 'y'));  // does go beyond: somebody has to look
  CHECK(eventually([&] { return !world.keeps(second, exec_ids[0]); }));
  CHECK(eventually([&] { return world.newest_kept(second, exec_ids) <= 10; }));
  CHECK(world.newest_kept(second, exec_ids) >= 4);
}

TEST_CASE("a day's file that is damaged keeps no other day from being trimmed") {
  ForgettingWorld world;
  world.options.user_bytes = 500'000;
  world.open();
  const Uuid fn_id = world.id();
  world.print(fn_id, 1, "first");
  world.clock.advance(24h);
  world.logs.reset();
  {
    auto db = must(store::Database::open(world.folder / "fn_logs-2026-11-23.db"));
    must(db.run("CREATE TABLE output (a INTEGER)"));  // another program's
  }
  damage(world.folder / "fn_logs-2026-11-24.db", "output");
  world.open();
  std::vector<Uuid> exec_ids;
  for (int i = 0; i < 100; ++i) exec_ids.push_back(world.exchange(fn_id, 1, 5000));
  CHECK(eventually([&] { return world.newest_kept(fn_id, exec_ids) < 50; }));
}

TEST_CASE("a function with many rows is erased to the last, and its user then has what is left") {
  ForgettingWorld world;
  world.open();
  const Uuid large = world.id();
  const Uuid small = world.id();
  world.print(small, 1, "ten bytes.");
  const Uuid kept = world.exchange(small, 1, 500);
  // More than is erased at a time, by count and by size, on two days.
  for (int i = 0; i < 5'000; ++i) {
    if (i == 2'500) world.clock.advance(24h);
    world.exchange(large, 1, 50);
    if (i % 10 == 0) world.print(large, 1, std::string(10'000, 'y'));
  }
  must(world.logs->erase_function({large}));
  CHECK(world.count(large) == 0);
  CHECK(world.count(small) == 1);
  CHECK(world.keeps(small, kept));
  CHECK(must(world.logs->list_functions({})).functions == std::vector{small});
  CHECK_FALSE(on_disk(world.folder, std::string(100, 'y')));
  std::int64_t counted = 0;
  for (const char* day : {"24", "25"}) {
    auto db = must(store::Database::open(
        world.folder / (std::string("fn_logs-2026-11-") + day + ".db"), {.read_only = true}));
    auto rows = db.query("SELECT bytes FROM user_bytes WHERE user_id = 1");
    if (must(rows.next())) counted += rows.integer(0);
  }
  CHECK(counted == (160 + 2 + 10) + (100 + 2 * 500));
}

TEST_CASE("rows from before owners were known get one where their day knows him") {
  ForgettingWorld world;
  const Uuid known = world.id();
  const Uuid unknown = world.id();
  const Uuid of_known = world.id();
  const Uuid of_unknown = world.id();
  const auto path = world.folder / "fn_logs-2026-11-24.db";
  std::filesystem::create_directory(world.folder);
  {
    auto db = must(store::Database::open(path));
    must(store::migrate(db, path, fn_logs::migrations().first(3), world.clock));
    const std::string text(60'000, 'x');
    for (const auto& [fn_id, exec_id] : {std::pair(known, of_known), {unknown, of_unknown}})
      must(db.run("INSERT INTO exchange VALUES (?, ?, ?, 60000, NULL, 0)", {fn_id, exec_id, text}));
    must(db.run("INSERT INTO output (fn_id, exec_id, ts, pieces, user_id) VALUES (?, ?, 1, x'', 7)",
                {known, world.id()}));
    must(db.run("INSERT INTO output (fn_id, exec_id, ts, pieces) VALUES (?, ?, 0, x'')",
                {known, world.id()}));
  }
  world.open();
  CHECK(world.keeps(known, of_known));
  CHECK_FALSE(std::filesystem::exists(path.string() + ".v3"));  // which would keep what is erased
  {
    auto db = must(store::Database::open(path, {.read_only = true}));
    auto rows = db.query("SELECT bytes FROM user_bytes WHERE user_id = 7");
    REQUIRE(must(rows.next()));
    CHECK(rows.integer(0) == 60'000 + 100 + 2 * 160);
  }
  world.options.user_bytes = 50'000;
  world.open();
  CHECK(eventually([&] { return !world.keeps(known, of_known); }));
  CHECK(world.keeps(unknown, of_unknown));
  world.options.keep_days = 1;
  world.clock.advance(72h);
  world.open();
  CHECK(eventually([&] { return !world.keeps(unknown, of_unknown); }));
}

}  // namespace
}  // namespace kappa::test
