// What functions printed as lines: in order, paged both ways, searched, waited for.
#include <future>
#include <map>

#include "fn_logs/fn_logs.hpp"
#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;
using fn_logs::Channel;
using fn_logs::Output;
using fn_logs::Piece;
using fn_logs::ReadLines;
using Texts = std::vector<std::string>;

struct LineWorld : LogFolder {
  Uuid fn_id = id();

  Uuid print(std::vector<Piece> pieces) {
    const Uuid exec_id = id();
    must(logs->append({fn_id, exec_id, clock.now(), std::move(pieces), 1}));
    clock.advance(1ms);
    return exec_id;
  }
  Uuid print(const std::string& text) { return print({{clock.now(), Channel::out, text}}); }
  ReadLines all() const {
    ReadLines ask;
    ask.fn_id = fn_id;
    return ask;
  }
  LinePage page(const ReadLines& ask) { return must(logs->read_lines(ask)); }
};

Texts texts(const LinePage& page) {
  Texts found;
  for (const LogEntry& line : page.lines) found.push_back(line.text);
  return found;
}

/// Every page on from `ask`, so many lines at a time.
std::vector<LogEntry> walk_back(LineWorld& world, ReadLines ask, std::int64_t limit) {
  std::vector<LogEntry> found;
  ask.limit = limit;
  do {
    const auto page = world.page(ask);
    REQUIRE(std::ssize(page.lines) <= limit);
    found.insert(found.begin(), page.lines.begin(), page.lines.end());
    ask.before = page.older;
  } while (ask.before);
  return found;
}

std::vector<LogEntry> walk_on(LineWorld& world, ReadLines ask, std::int64_t limit) {
  std::vector<LogEntry> found;
  ask.limit = limit;
  ask.after = "0.0.0";
  for (;;) {
    const auto page = world.page(ask);
    if (page.lines.empty()) return found;
    found.insert(found.end(), page.lines.begin(), page.lines.end());
    ask.after = page.newer;
  }
}

TEST_CASE(
    "a line ends with its line end, or with its execution, whatever lies between its pieces") {
  LineWorld world;
  const Timestamp now = world.clock.now();
  const Timestamp later{now.us + 5};
  const Uuid exec_id = world.print({{now, Channel::out, "a\n\nb"},
                                    {later, Channel::err, "warn"},
                                    {later, Channel::out, "c\nlast"},
                                    {later, Channel::err, "ing\r\n"},
                                    {later, Channel::err, std::string("nul\0!", 5)}});
  const auto page = world.page(world.all());
  CHECK(texts(page) == Texts{"a", "", "bc", "warning\r", "last", std::string("nul\0!", 5)});
  CHECK(page.lines[2].ts == now);  // when its beginning came in
  CHECK(page.lines[3].stream == LineStream::stderr);
  CHECK(page.lines[3].exec_id == exec_id);
  CHECK_FALSE(page.older);
}

TEST_CASE("an execution's lines stand between what the platform says of it") {
  LineWorld world;
  Output output{world.fn_id, world.id(), world.clock.now(), {}};
  output.queued_at = Timestamp{output.ts.us - 9};
  output.verdict = Verdict::timeout;
  output.detail = "too long";
  output.pieces = {{{output.ts.us - 3}, Channel::out, "hello"}};
  must(world.logs->append(output));
  auto page = world.page(world.all());
  CHECK(texts(page) == Texts{"started", "hello", "failed: timeout: too long"});
  CHECK(page.lines[0].ts == *output.queued_at);
  auto ask = world.all();
  ask.stream = LineStream::platform;
  CHECK(texts(world.page(ask)) == Texts{"started", "failed: timeout: too long"});
  for (const char* text : {"start", "too long"}) {
    ask.grep = text;
    CHECK(world.page(ask).lines.size() == 1);
  }
}

TEST_CASE("pages of any size, either way, give every line once, and the same cursors for ever") {
  LineWorld world;
  Texts all;
  for (int day = 0; day < 3; ++day) {
    for (int i = 0; i < 7; ++i) {
      std::string text;
      for (int k = 0; k < i; ++k) {
        all.push_back(std::to_string(day) + "/" + std::to_string(i) + "/" + std::to_string(k));
        text += all.back() + "\n";
      }
      world.print(text);
    }
    world.clock.advance(24h);
  }
  std::map<std::string, std::string> by_cursor;
  for (const std::int64_t limit : {1, 2, 3, 10, 62, 63, 64, 1000}) {
    CAPTURE(limit);
    for (const auto& found :
         {walk_back(world, world.all(), limit), walk_on(world, world.all(), limit)}) {
      Texts seen;
      for (const LogEntry& line : found) {
        seen.push_back(line.text);
        CHECK(by_cursor.emplace(line.cursor, line.text).first->second == line.text);
      }
      CHECK(seen == all);
    }
    world.reopen();
  }
  CHECK(by_cursor.size() == all.size());
}

TEST_CASE(
    "a line that is too long comes in marked parts, between two characters, none of it lost") {
  LineWorld world;
  std::string line = "x";
  while (line.size() < 5'000'000) line += "\xf0\x9f\x98\x80";
  world.print("before\n" + line + "\nafter\n");
  for (const std::int64_t limit : {1, 7, 1000}) {
    const auto found = walk_back(world, world.all(), limit);
    REQUIRE(found.size() == 2 + 77);
    std::string joined;
    for (std::size_t i = 1; i + 1 < found.size(); ++i) {
      CHECK(found[i].text.size() <= 65536);
      CHECK((static_cast<unsigned char>(found[i].text[0]) & 0xc0) != 0x80);
      CHECK(found[i].continues == (i + 2 < found.size()));
      joined += found[i].text;
    }
    CHECK(joined == line);
    CHECK(found.front().text == "before");
    CHECK(found.back().text == "after");
  }
  CHECK(walk_on(world, world.all(), 1000).size() == 79);
}

TEST_CASE("lines are found by time, stream, execution and text, the newest first found") {
  LineWorld world;
  const Timestamp begin = world.clock.now();
  Uuid third;
  for (int i = 0; i < 5; ++i) {
    const Timestamp now = world.clock.now();
    const std::string n = std::to_string(i);
    const Uuid exec_id =
        world.print({{now, Channel::out, "out " + n}, {now, Channel::err, "err " + n + "\n"}});
    if (i == 3) third = exec_id;
  }
  auto ask = world.all();
  ask.grep = "t ";
  ask.limit = 2;
  CHECK(texts(world.page(ask)) == Texts{"out 3", "out 4"});
  ask = world.all();
  ask.grep = "Out";
  CHECK(world.page(ask).lines.empty());
  ask.grep = "out %";
  CHECK(world.page(ask).lines.empty());
  ask = world.all();
  ask.exec_id = third;
  CHECK(texts(world.page(ask)) == Texts{"err 3", "out 3"});
  ask.after = "0.0.0";
  CHECK(world.page(ask).lines.size() == 2);
  ask = world.all();
  ask.stream = LineStream::stderr;
  ask.since = Timestamp{begin.us + 1000};
  ask.until = Timestamp{begin.us + 3000};
  CHECK(texts(world.page(ask)) == Texts{"err 1", "err 2"});
  ask = world.all();
  ask.since = Timestamp{begin.us + 365LL * 86'400'000'000};
  CHECK(world.page(ask).lines.empty());
}

TEST_CASE("text is found in a line that lies in several pieces") {
  LineWorld world;
  const Timestamp now = world.clock.now();
  world.print(
      {{now, Channel::out, "nee"}, {now, Channel::err, "x\n"}, {now, Channel::out, "dle\n"}});
  auto ask = world.all();
  ask.grep = "needle";
  CHECK(texts(world.page(ask)) == Texts{"needle"});
}

TEST_CASE("what is no cursor, and no limit, is refused by its name") {
  LineWorld world;
  for (const char* wrong : {"", "1", "1.2", "1.2.3.4", "a.b.c", "-1.0.0", "1.2.", "99999999.1.1",
                            "1.99999999999999999999.1"}) {
    CAPTURE(wrong);
    auto ask = world.all();
    ask.before = wrong;
    CHECK(world.logs->read_lines(ask).error().faults.at(0).at == "/before");
    ask = world.all();
    ask.after = wrong;
    CHECK(world.logs->read_lines(ask).error().faults.at(0).at == "/after");
  }
  auto ask = world.all();
  ask.limit = 1001;
  CHECK(world.logs->read_lines(ask).error().faults.at(0).at == "/limit");
  ask.limit = 1;
  ask.after = "0.0.0";
  ask.wait_ms = 1001;
  CHECK(world.logs->read_lines(ask).error().faults.at(0).at == "/wait_ms");
}

TEST_CASE("parts of a call that runs are lines at once, and one output when it has ended") {
  LineWorld world;
  Output output{world.fn_id, world.id(), world.clock.now(), {}, 1};
  for (int part = 0; part < 3; ++part) {
    output.ts = world.clock.now();
    output.part = part;
    output.last = part == 2;
    output.pieces = {{output.ts, Channel::out, "part " + std::to_string(part) + "\n"}};
    must(world.logs->append(output));
    CHECK(world.page(world.all()).lines.size() == static_cast<std::size_t>(part) + 1);
    if (part < 2) {
      CHECK(must(world.logs->read_execution({output.exec_id})).outputs.empty());
      CHECK(must(world.logs->read_function({world.fn_id, {}})).outputs.empty());
    }
    world.clock.advance(10h);  // over midnight
  }
  for (const auto& found : {must(world.logs->read_execution({output.exec_id})),
                            must(world.logs->read_function({world.fn_id, {}}))}) {
    REQUIRE(found.outputs.size() == 1);
    CHECK(found.outputs[0].ts == output.ts);
    std::string text;
    for (const Piece& piece : found.outputs[0].pieces) text += piece.text;
    CHECK(text == "part 0\npart 1\npart 2\n");
  }
}

TEST_CASE(
    "a reader that waits has a line when it is printed, and others' do not wake it for nothing") {
  LineWorld world;
  world.print("before\n");
  auto ask = world.all();
  ask.after = world.page(ask).newer;
  ask.wait_ms = 1000;
  const auto begin = std::chrono::steady_clock::now();
  auto waiting = std::async(std::launch::async, [&] { return world.logs->read_lines(ask); });
  must(world.logs->append({world.id(),
                           world.id(),
                           world.clock.now(),
                           {{world.clock.now(), Channel::out, "another's\n"}}}));
  world.print("now\n");
  const auto page = must(waiting.get());
  CHECK(texts(page) == Texts{"now"});
  CHECK(std::chrono::steady_clock::now() - begin < 900ms);
  ask.after = page.newer;
  ask.wait_ms = 20;
  const auto none = world.page(ask);
  CHECK(none.lines.empty());
  CHECK(none.newer == page.newer);
}

TEST_CASE("a reader that goes on misses nothing when a clock is set, also over midnight") {
  LineWorld world;
  world.clock.advance(12h + 30min);  // 23:30
  auto ask = world.all();
  ask.after = world.page(ask).newer;
  Texts printed;
  Texts seen;
  for (const auto step : {0h, 1h, -1h, -1h, 2h, -1h, 25h, 0h}) {
    world.clock.advance(step);
    for (int i = 0; i < 2; ++i) {
      printed.push_back(std::to_string(printed.size()));
      world.print(printed.back());
      world.clock.advance(2s);
      const auto page = world.page(ask);
      for (const auto& text : texts(page)) seen.push_back(text);
      ask.after = page.newer;
    }
  }
  CHECK(seen == printed);
}

TEST_CASE("a follower of a function that printed nothing for days need not look through them") {
  LineWorld world;
  world.print("old\n");
  world.clock.advance(72h);
  auto ask = world.all();
  const std::string newer = world.page(ask).newer;
  ask.after = newer;
  CHECK(world.page(ask).lines.empty());
  world.print("new\n");
  CHECK(texts(world.page(ask)) == Texts{"new"});
  CHECK(newer.starts_with("20784."));  // today
}

TEST_CASE("a damaged row is an error, never a line") {
  LineWorld world;
  world.print("hello\n");
  {
    auto db = must(store::Database::open(world.folder / "fn_logs-2026-11-24.db"));
    REQUIRE(db.run("UPDATE output SET pieces = x'00ff'"));
  }
  CHECK(world.logs->read_lines(world.all()).error().code == Code::internal);
}

}  // namespace
}  // namespace kappa::test
