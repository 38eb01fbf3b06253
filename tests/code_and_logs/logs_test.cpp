// A function's life by time: what the platform did and what it printed, merged.
#include "logs/logs.hpp"

#include "data/data.hpp"
#include "fn_logs/fn_logs.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;
using fn_logs::Channel;

struct LifeWorld {
  TempDir dir;
  SetClock clock;
  SystemRandom random;
  std::unique_ptr<data::Data> data = data::open_data(dir.path() / "data.db", clock, random);
  std::unique_ptr<fn_logs::FnLogs> fn_logs = fn_logs::open_fn_logs(dir.path() / "logs", clock);
  std::unique_ptr<logs::Logs> logs = logs::make_logs(*data, *fn_logs);
  data::Function function = make_function();

  data::Function make_function() {
    must(data->signup({{"ada"}, {"correct horse"}}));
    const Uuid fn_id = make_uuid(clock, random);
    must(data->reserve_function({fn_id, 1, {"hello"}}));
    return must(data->publish_function({fn_id, {std::string(64, 'a')}}));
  }

  /// Runs once, all at one microsecond; prints `text` to stdout unless it is empty.
  Uuid run(const std::string& text, Verdict verdict = Verdict::ok, const std::string& detail = "") {
    const Timestamp now = clock.now();
    data::StartExecution start;
    start.exec_id = make_uuid(clock, random);
    start.runner = "local";
    start.fn_id = function.fn_id;
    start.user_id = function.user_id;
    start.fn_name = function.name;
    start.queued_at = now;
    must(data->start_execution(start));
    if (!text.empty())
      must(fn_logs->append({function.fn_id, start.exec_id, now, {{now, Channel::out, text}}}));
    data::FinishExecution end;
    end.exec_id = start.exec_id;
    end.verdict = verdict;
    end.detail = detail;
    end.started_at = end.ended_at = now;
    must(data->finish_execution(end));
    return start.exec_id;
  }

  std::vector<std::string> read(std::optional<std::int64_t> limit = {}) {
    std::vector<std::string> contents;
    for (const auto& line : must(logs->read_function({function.fn_id, limit})).logs)
      contents.push_back(line.content);
    return contents;
  }
};

using Contents = std::vector<std::string>;

std::string started(const Uuid& exec_id) {
  return R"({"status":"started","exec_id":")" + to_text(exec_id) + "\"}";
}
std::string printed(const Uuid& exec_id, const std::string& out, const std::string& err = "") {
  return R"({"exec_id":")" + to_text(exec_id) + R"(","stdout":")" + out + R"(","stderr":")" + err +
         "\"}";
}
std::string failed(const Uuid& exec_id, const std::string& verdict, const std::string& detail) {
  return R"({"status":"failed","exec_id":")" + to_text(exec_id) + R"(","verdict":")" + verdict +
         R"(","detail":")" + detail + "\"}";
}

TEST_CASE("a fresh function's life is one line") {
  LifeWorld world;
  const auto lines = must(world.logs->read_function({world.function.fn_id, {}})).logs;
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].ts == world.clock.now());
  CHECK(lines[0].content == R"({"status":"created"})");
}

TEST_CASE("at one microsecond: created, started, printed, failed") {
  LifeWorld world;
  const Uuid exec_id = world.run("hi\n", Verdict::error, "ValueError: \"no\"");
  CHECK(world.read() == Contents{R"({"status":"created"})", started(exec_id),
                                 printed(exec_id, R"(hi\n)"),
                                 failed(exec_id, "error", R"(ValueError: \"no\")")});
}

TEST_CASE("an output holds both channels apart, escaped as JSON asks") {
  LifeWorld world;
  const Timestamp now = world.clock.now();
  const Uuid exec_id = world.run("");
  must(world.fn_logs->append({world.function.fn_id,
                              exec_id,
                              now,
                              {{now, Channel::out, "a\"\\"},
                               {now, Channel::err, std::string("\0\x1f", 2)},
                               {now, Channel::out, "\xc3\xa9\t"}}}));
  CHECK(world.read(1) == Contents{printed(exec_id, "a\\\"\\\\\xc3\xa9\\u0009", R"(\u0000\u001f)")});
}

TEST_CASE("lines of several executions are ordered by time, and the newest are kept") {
  LifeWorld world;
  Contents all = {R"({"status":"created"})"};
  for (int i = 0; i < 3; ++i) {
    world.clock.advance(1s);
    const Uuid good = world.run("out");
    all.push_back(started(good));
    all.push_back(printed(good, "out"));
    world.clock.advance(1s);
    const Uuid bad = world.run("", Verdict::timeout, "longer than 30000 ms");
    all.push_back(started(bad));
    all.push_back(failed(bad, "timeout", "longer than 30000 ms"));
  }
  CHECK(world.read() == all);
  for (const std::ptrdiff_t limit : {1, 2, 5, 12})
    CHECK(world.read(limit) == Contents(all.end() - limit, all.end()));
  for (const std::int64_t wrong : {-1, 0, 1001}) {
    CHECK(world.logs->read_function({world.function.fn_id, wrong}).error().code == Code::invalid);
  }
}

TEST_CASE("without a limit the newest thousand lines come") {
  LifeWorld world;
  Uuid last;
  for (int i = 0; i < 400; ++i) {
    world.clock.advance(1ms);
    last = world.run("x", Verdict::error, "no");
  }
  const auto contents = world.read();
  CHECK(contents.size() == 1000);
  CHECK(contents.back() == failed(last, "error", "no"));
}

TEST_CASE("a function that printed much is read from where it is wholly known") {
  LifeWorld world;
  Uuid last;
  for (int i = 0; i < 5; ++i) {
    world.clock.advance(1s);
    last = world.run(std::string(1 << 20, static_cast<char>('a' + i)));
  }
  const auto contents = world.read();
  REQUIRE(contents.size() == 4);  // started, printed, twice
  CHECK(contents.at(1).find("ddd") != std::string::npos);
  CHECK(contents.at(2) == started(last));
  CHECK(contents.at(3).find("eee") != std::string::npos);
}

TEST_CASE("an execution's lines are its own, and one that never was is not found") {
  LifeWorld world;
  world.run("other");
  const Uuid exec_id = world.run("mine", Verdict::exited, "exit code 3");
  Contents contents;
  for (const auto& line : must(world.logs->read_execution({exec_id})).logs)
    contents.push_back(line.content);
  CHECK(contents == Contents{started(exec_id), printed(exec_id, "mine"),
                             failed(exec_id, "exited", "exit code 3")});
  CHECK(world.logs->read_execution({make_uuid(world.clock, world.random)}).error().code ==
        Code::not_found);
}

TEST_CASE("erasing takes what was printed and leaves what the platform did") {
  LifeWorld world;
  const Uuid exec_id = world.run("secret");
  must(world.logs->erase_function({world.function.fn_id}));
  CHECK(world.read() == Contents{R"({"status":"created"})", started(exec_id)});
  CHECK(must(world.logs->read_execution({exec_id})).logs.size() == 1);
}

TEST_CASE("a function nobody made has no lines") {
  LifeWorld world;
  const Uuid nobody = make_uuid(world.clock, world.random);
  CHECK(must(world.logs->read_function({nobody, {}})).logs.empty());
}

}  // namespace
}  // namespace kappa::test
