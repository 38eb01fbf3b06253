// What is forgotten, and what is not: by age, and by bytes of each user.
#include "fn_logs/fn_logs.hpp"
#include "world.hpp"

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

}  // namespace
}  // namespace kappa::test
