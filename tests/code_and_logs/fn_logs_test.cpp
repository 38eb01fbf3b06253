// What functions printed: by function, by execution, over the days, until it is erased.
#include "fn_logs/fn_logs.hpp"

#include <fstream>

#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;
using fn_logs::Channel;
using fn_logs::Output;

struct LogWorld : LogFolder {
  Output print(const Uuid& fn_id, const std::string& text) {
    const Timestamp now = clock.now();
    Output output{fn_id, id(), now, {{{now.us - 5}, Channel::out, text}}};
    must(logs->append(output));
    return output;
  }
  std::vector<std::string> read(const Uuid& fn_id, std::optional<std::int64_t> limit = {}) {
    std::vector<std::string> texts;
    for (const auto& output : must(logs->read_function({fn_id, limit})).outputs)
      texts.push_back(output.pieces.at(0).text);
    return texts;
  }
};

using Texts = std::vector<std::string>;

int open_descriptors() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    count += entry.exists() || entry.is_symlink() ? 1 : 0;
  return count;
}

TEST_CASE("an output comes back as it was, also after a restart") {
  LogWorld world;
  const Timestamp now = world.clock.now();
  Output output{world.id(), world.id(), now, {}};
  output.pieces.push_back({{now.us - 2'000'000}, Channel::out, "hello\n"});
  output.pieces.push_back({now, Channel::err, std::string("\0\"\\\xc3\xa9", 5)});
  output.pieces.push_back({{now.us + 7}, Channel::out, ""});
  output.pieces.push_back({{INT64_MIN}, Channel::err, std::string(100'000, 'x')});
  output.pieces.push_back({{INT64_MAX}, Channel::out, "y"});
  must(world.logs->append(output));
  world.reopen();
  const auto read = must(world.logs->read_execution({output.exec_id})).outputs;
  REQUIRE(read.size() == 1);
  CHECK(read[0].fn_id == output.fn_id);
  CHECK(read[0].exec_id == output.exec_id);
  CHECK(read[0].ts == now);
  REQUIRE(read[0].pieces.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(read[0].pieces[i].ts == output.pieces[i].ts);
    CHECK(read[0].pieces[i].channel == output.pieces[i].channel);
    CHECK(read[0].pieces[i].text == output.pieces[i].text);
  }
}

TEST_CASE("many outputs that are appended at once are each there when their append has ended") {
  LogWorld world;
  const Uuid fn_id = world.id();
  std::vector<std::pair<Uuid, fn_logs::Kept>> appends;
  for (int i = 0; i < 300; ++i) {
    const Timestamp now = world.clock.now();
    const Output output{fn_id, world.id(), now, {{now, Channel::out, std::to_string(i)}}};
    appends.emplace_back(output.exec_id, world.logs->begin_append(output));
  }
  for (int i = 0; i < 300; ++i) {
    const auto& [exec_id, kept] = appends[static_cast<std::size_t>(i)];
    must(kept.wait());
    const auto read = must(world.logs->read_execution({exec_id})).outputs;
    REQUIRE(read.size() == 1);
    CHECK(read[0].pieces.at(0).text == std::to_string(i));
  }
}

TEST_CASE("an append that nobody asks about is kept all the same") {
  LogWorld world;
  const Timestamp now = world.clock.now();
  const Output output{world.id(), world.id(), now, {{now, Channel::out, "hello"}}};
  (void)world.logs->begin_append(output);
  CHECK(world.read(output.fn_id) == Texts{"hello"});
}

TEST_CASE("an append that cannot be is told when it is asked about") {
  LogWorld world;
  const Timestamp now = world.clock.now();
  std::filesystem::create_directory(world.folder / "fn_logs-2026-11-23.db");
  const Timestamp before{now.us - 24LL * 3600 * 1'000'000};
  const auto kept =
      world.logs->begin_append({world.id(), world.id(), before, {{before, Channel::out, "hello"}}});
  CHECK(kept.ended());
  CHECK_FALSE(kept.wait());
}

TEST_CASE("a function's outputs come oldest first, the newest when there is a limit") {
  LogWorld world;
  const Uuid fn_id = world.id();
  world.print(world.id(), "another's");
  for (const char* text : {"a", "b", "c"}) {
    world.print(fn_id, text);
    world.clock.advance(1us);
  }
  CHECK(world.read(fn_id) == Texts{"a", "b", "c"});
  CHECK(world.read(fn_id, 2) == Texts{"b", "c"});
  CHECK(world.read(world.id()).empty());
  for (const std::int64_t wrong : {-1, 0, 1001})
    CHECK(world.logs->read_function({fn_id, wrong}).error().code == Code::invalid);
}

TEST_CASE("without a limit the newest thousand come") {
  LogWorld world;
  const Uuid fn_id = world.id();
  for (int i = 0; i < 1005; ++i) {
    world.print(fn_id, std::to_string(i));
    world.clock.advance(1us);
  }
  const auto texts = world.read(fn_id);
  CHECK(texts.size() == 1000);
  CHECK(texts.front() == "5");
  CHECK(texts.back() == "1004");
}

TEST_CASE("an execution that printed nothing has no output, and one sent twice has one") {
  LogWorld world;
  CHECK(must(world.logs->read_execution({world.id()})).outputs.empty());
  const auto output = world.print(world.id(), "once");
  must(world.logs->append(output));
  CHECK(must(world.logs->read_execution({output.exec_id})).outputs.size() == 1);
}

TEST_CASE("each UTC day has its file, and reading goes over all of them") {
  LogWorld world;
  const Uuid fn_id = world.id();
  Texts all;
  for (int day = 0; day < 12; ++day) {
    for (int i = 0; i < 2; ++i) {
      all.push_back(std::to_string(day) + "/" + std::to_string(i));
      world.print(fn_id, all.back());
      world.clock.advance(1us);
    }
    world.clock.advance(24h);
  }
  CHECK(std::filesystem::exists(world.folder / "fn_logs-2026-11-24.db"));
  CHECK(std::filesystem::exists(world.folder / "fn_logs-2026-12-05.db"));
  CHECK(world.read(fn_id) == all);
  CHECK(world.read(fn_id, 3) == Texts(all.end() - 3, all.end()));
  world.reopen();
  CHECK(world.read(fn_id) == all);
}

TEST_CASE("an output belongs to the day it ended on, by the microsecond") {
  LogWorld world;
  world.clock.advance(12h + 59min + 44s - 1us);  // the last microsecond of the day
  const Uuid fn_id = world.id();
  world.print(fn_id, "before");
  CHECK_FALSE(std::filesystem::exists(world.folder / "fn_logs-2026-11-25.db"));
  world.clock.advance(1us);
  const auto after = world.print(fn_id, "after");
  CHECK(std::filesystem::exists(world.folder / "fn_logs-2026-11-25.db"));
  CHECK(world.read(fn_id) == Texts{"before", "after"});
  CHECK(must(world.logs->read_execution({after.exec_id})).outputs.size() == 1);
}

TEST_CASE("an output that is sent again after midnight is kept once") {
  LogWorld world;
  world.clock.advance(12h + 59min + 44s - 1us);
  const Uuid fn_id = world.id();
  const auto before = world.print(fn_id, "before");
  world.clock.advance(1us);
  world.print(fn_id, "after");
  must(world.logs->append(before));
  CHECK(must(world.logs->read_execution({before.exec_id})).outputs.size() == 1);
  CHECK(world.read(fn_id) == Texts{"before", "after"});
}

TEST_CASE("an execution is found on any day after its making, and under any kind of id") {
  LogWorld world;
  Output output{world.id(), world.id(), {}, {}};
  Output odd{world.id(), Uuid{{1, 2, 3}}, world.clock.now(), {}};
  must(world.logs->append(odd));
  world.clock.advance(24h);
  output.ts = world.clock.now();
  must(world.logs->append(output));
  world.clock.advance(240h);
  world.print(output.fn_id, "later");
  CHECK(must(world.logs->read_execution({output.exec_id})).outputs.size() == 1);
  CHECK(must(world.logs->read_execution({odd.exec_id})).outputs.size() == 1);
}

TEST_CASE("erasing takes one function's output on every day, and leaves none of it on disk") {
  LogWorld world;
  const Uuid fn_id = world.id();
  const Uuid kept = world.id();
  const std::string canary = "canary-55d0";
  Uuid exec_id;
  for (int day = 0; day < 7; ++day) {
    exec_id = world.print(fn_id, canary + std::string(20'000, 'x')).exec_id;
    world.print(kept, "kept");
    world.clock.advance(24h);
  }
  CHECK(on_disk(world.folder, canary));
  must(world.logs->erase_function({fn_id}));
  CHECK_FALSE(on_disk(world.folder, canary));
  CHECK(world.read(fn_id).empty());
  CHECK(must(world.logs->read_execution({exec_id})).outputs.empty());
  CHECK(world.read(kept).size() == 7);
  CHECK(world.logs->erase_function({fn_id}));
  CHECK(world.logs->erase_function({world.id()}));
}

TEST_CASE("many days and many threads keep few files open") {
  LogWorld world;
  const Uuid fn_id = world.id();
  for (int day = 0; day < 30; ++day) {
    world.print(fn_id, std::to_string(day));
    world.clock.advance(24h);
  }
  const int before = open_descriptors();
  std::atomic<int> wrong{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 3; ++i) {
          const auto read = world.logs->read_function({fn_id, {}});
          if (!read || read->outputs.size() < 30) ++wrong;
          most = std::max(most.load(), open_descriptors());
          const Timestamp now = world.clock.now();
          if (!world.logs->append({fn_id, world.id(), now, {{now, Channel::out, "x"}}})) ++wrong;
        }
      });
    }
  }
  CHECK(wrong == 0);
  CHECK(world.read(fn_id).size() == 30 + 18);
  CHECK(most - before < 60);  // four files, three connections each, and the listings under way
}

TEST_CASE("erasing where a day is damaged says so, and erases the other days all the same") {
  LogWorld world;
  const Uuid fn_id = world.id();
  for (const char* text : {"Tuesday", "Wednesday", "Thursday"}) {
    world.print(fn_id, text);
    world.clock.advance(24h);
  }
  world.logs.reset();
  damage(world.folder / "fn_logs-2026-11-25.db", "output");
  world.reopen();
  CHECK(world.logs->erase_function({fn_id}).error().code == Code::internal);
  std::filesystem::remove(world.folder / "fn_logs-2026-11-25.db");
  CHECK(world.read(fn_id).empty());
}

TEST_CASE("a row that is damaged is an error, never an output") {
  LogWorld world;
  const auto output = world.print(world.id(), "hello");
  for (const char* damage :
       {"UPDATE output SET pieces = x'00ff'", "UPDATE output SET pieces = x'80'",
        "UPDATE output SET pieces = x'000841'"}) {
    {
      auto db = must(store::Database::open(world.folder / "fn_logs-2026-11-24.db"));
      REQUIRE(db.run_script(damage));
    }
    CHECK(world.logs->read_execution({output.exec_id}).error().code == Code::internal);
    CHECK(world.logs->read_function({output.fn_id, {}}).error().code == Code::internal);
  }
}

TEST_CASE("other files in the folder are nobody's day") {
  LogWorld world;
  const auto output = world.print(world.id(), "hello");
  for (const char* name :
       {"fn_logs-2026-11-24.db.v1", "fn_logs-2026-13-01.db", "notes.txt", "fn_logs-2026-11-23.dbx"})
    std::ofstream(world.folder / name) << "not a database";
  CHECK(world.read(output.fn_id) == Texts{"hello"});
}

TEST_CASE("a day's file that is no database is set aside, and the other days go on") {
  LogWorld world;
  const Uuid fn_id = world.id();
  world.print(fn_id, "hello");
  const std::string rubbish(8192, 'x');
  for (const std::string end : {"", ".2"}) {
    world.logs.reset();
    const auto path = world.folder / "fn_logs-2026-11-20.db";
    std::ofstream(path) << rubbish;
    world.reopen();
    CHECK(world.read(fn_id) == Texts{"hello"});
    std::ifstream kept(path.string() + ".damaged" + end);
    CHECK(std::string{std::istreambuf_iterator<char>(kept), {}} == rubbish);
  }
  std::ofstream(world.folder / "fn_logs-2026-11-20.db.damaged-wal") << rubbish;  // beside the first
  CHECK(must(world.logs->inspect({})).damaged ==
        Texts{"fn_logs-2026-11-20.db.damaged", "fn_logs-2026-11-20.db.damaged.2"});
  world.logs.reset();
  std::ofstream(world.folder / "fn_logs-2026-11-24.db") << rubbish;  // today's
  world.reopen();
  CHECK(world.read(fn_id).empty());
  world.print(fn_id, "again");
  CHECK(world.read(fn_id) == Texts{"again"});
  CHECK(must(world.logs->inspect({})).damaged.size() == 3);
}

TEST_CASE("what is set aside goes with its day") {
  LogWorld world;
  const auto aside = world.folder / "fn_logs-2026-11-24.db.damaged";
  std::ofstream(aside) << "x";
  std::ofstream(aside.string() + "-wal") << "x";
  world.clock.advance(24h * 40);
  world.reopen();
  CHECK(eventually([&] {
    return !std::filesystem::exists(aside) && !std::filesystem::exists(aside.string() + "-wal");
  }));
}

TEST_CASE("what executions printed is read up to 2 MiB, the newest whole") {
  LogWorld world;
  const Uuid fn_id = world.id();
  constexpr std::size_t size = 600'000;
  for (int i = 0; i < 6; ++i) {
    world.print(fn_id, std::string(size, static_cast<char>('a' + i)));
    world.clock.advance(12h);  // two a day
  }
  const auto some = must(world.logs->read_function({fn_id, {}}));
  CHECK(some.more);
  REQUIRE(some.outputs.size() == 4);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(some.outputs[i].pieces.at(0).text == std::string(size, static_cast<char>('c' + i)));
  CHECK_FALSE(must(world.logs->read_function({fn_id, 2})).more);

  Output told{fn_id, world.id(), world.clock.now(), {{{1}, Channel::out, std::string(size, 'p')}}};
  for (; told.part < 4; ++told.part, ++told.ts.us) {
    told.last = told.part == 3;
    must(world.logs->append(told));
  }
  const auto newest = must(world.logs->read_function({fn_id, {}}));
  CHECK(newest.more);
  REQUIRE(newest.outputs.size() == 1);
  CHECK(newest.outputs[0].pieces.size() == 4);
}

TEST_CASE("a day's file of another program throws each time, and other days go on") {
  LogWorld world;
  {
    auto db = must(store::Database::open(world.folder / "fn_logs-2026-11-20.db"));
    REQUIRE(db.run("CREATE TABLE output (a INTEGER)"));
  }
  const auto output = world.print(world.id(), "hello");
  for (int i = 0; i < 6; ++i) CHECK_THROWS((void)world.logs->read_function({output.fn_id, {}}));
  CHECK(world.read(output.fn_id, 1) == Texts{"hello"});
}

TEST_CASE("a folder of logs that cannot be made is refused by its name") {
  SetClock clock;
  CHECK_THROWS_WITH((void)fn_logs::open_fn_logs("/nonexistent/fn_logs", clock),
                    doctest::Contains("/nonexistent/fn_logs cannot be made"));
  TempDir dir;
  std::filesystem::create_directories(dir.path() / "fn_logs-2026-11-24.db");
  CHECK_THROWS_WITH((void)fn_logs::open_fn_logs(dir.path(), clock),
                    doctest::Contains("fn_logs-2026-11-24.db"));
}

TEST_CASE("the folder and its files are their owner's alone") {
  LogWorld world;
  const auto others = std::filesystem::perms(0077);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.dir.path()))
    CHECK((entry.status().permissions() & others) == std::filesystem::perms::none);
}

}  // namespace
}  // namespace kappa::test
