// The executions ledger: one outcome each, by whoever holds the lease; and the bill.
#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;

std::int64_t number(const World& world, store::Sql sql) {
  auto db = must(store::Database::open(world.path, {.read_only = true}));
  auto rows = db.query(sql);
  REQUIRE(must(rows.next()));
  return rows.integer(0);
}

TEST_CASE("an execution is in the ledger from its start, and whole after its end and a restart") {
  World world;
  const auto function = world.function(world.user());
  const Uuid lease = world.id();
  const auto start = world.start_of(function, lease);
  must(world.data->start_execution(start));
  CHECK(eventually([&] { return world.data->get_execution({start.exec_id}).has_value(); }));
  const auto open = must(world.data->get_execution({start.exec_id}));
  CHECK_FALSE(open.verdict);
  CHECK_FALSE(open.ended_at);
  CHECK(open.detail == "");

  world.clock.advance(2s);
  must(world.data->finish_execution(world.end_of(start, Verdict::timeout)));
  world.reopen();
  const auto ended = must(world.data->get_execution({start.exec_id}));
  CHECK(ended.fn_id == function.fn_id);
  CHECK(ended.user_id == function.user_id);
  CHECK(ended.fn_name.value == "hello");
  CHECK(ended.attempt == 1);
  CHECK(ended.queued_at == start.queued_at);
  CHECK(ended.verdict == Verdict::timeout);
  CHECK(ended.detail == "it failed");
  CHECK(ended.ended_at == world.clock.now());
  CHECK(ended.wall_us == 1500);
  CHECK(ended.cpu_us == 1200);
  CHECK(ended.peak_memory_kb == 9000);
  CHECK(number(world,
               "SELECT COUNT(*) FROM execution WHERE runner = 'local' AND memory_mb = 256 "
               "AND timeout_ms = 30000 AND queued_us = 20 AND output_cut = 0 AND "
               "fn_version = 1 AND started_at = queued_at") == 1);
}

TEST_CASE("an outcome that comes before its start is written makes the same row and bill") {
  World world;
  const auto function = world.function(world.user());
  auto start = world.start_of(function, world.id());
  start.limits = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  start.fn_version = 4;
  must(world.data->start_execution(start));
  REQUIRE(eventually([&] { return world.data->get_execution({start.exec_id}).has_value(); }));
  must(world.data->finish_execution(world.end_of(start, Verdict::crashed)));

  start.exec_id = world.id();
  must(world.data->start_execution(start));
  must(world.data->finish_execution(world.end_of(start, Verdict::crashed)));
  CHECK(number(world, "SELECT COUNT(*) FROM execution") == 2);
  auto db = must(store::Database::open(world.path, {.read_only = true}));
  auto columns = db.query("SELECT name FROM pragma_table_info('execution')");
  std::string others;
  while (must(columns.next())) {
    if (columns.text(0) != "exec_id")
      others += (others.empty() ? "" : ",") + std::string(columns.text(0));
  }
  must(db.run_script("CREATE TEMP TABLE kinds AS SELECT DISTINCT " + others + " FROM execution"));
  auto kinds = db.query("SELECT COUNT(*) FROM kinds");
  REQUIRE(must(kinds.next()));
  CHECK(kinds.integer(0) == 1);
  CHECK(number(world, "SELECT executions FROM usage") == 2);
  CHECK(number(world, "SELECT mb_us FROM usage") == 2 * 1500 * start.limits.memory_mb);
}

TEST_CASE("a start that its outcome has overtaken is not written any more") {
  World world;
  const auto function = world.function(world.user());
  const Uuid lease = world.id();
  const auto done = world.start_of(function, lease);
  must(world.data->start_execution(done));
  const auto open = world.start_of(function, lease);
  must(world.data->start_execution(open));
  must(world.data->finish_execution(world.end_of(done)));
  REQUIRE(eventually([&] { return world.data->get_execution({open.exec_id}).has_value(); }));
  CHECK(must(world.data->get_execution({done.exec_id})).verdict == Verdict::ok);
  CHECK_FALSE(must(world.data->get_execution({open.exec_id})).verdict);
  must(world.data->finish_execution(world.end_of(open)));
  CHECK(number(world, "SELECT executions FROM usage") == 2);
}

TEST_CASE("a second attempt that ends before its start is written takes the first one's place") {
  World world;
  const auto function = world.function(world.user());
  auto start = world.start_of(function, world.id());
  must(world.data->start_execution(start));
  start.attempt = 2;
  must(world.data->start_execution(start));
  must(world.data->finish_execution(world.end_of(start)));
  auto late = start;
  late.attempt = 1;
  CHECK(world.data->finish_execution(world.end_of(late)).error().code == Code::conflict);
  world.reopen();
  const auto ended = must(world.data->get_execution({start.exec_id}));
  CHECK(ended.attempt == 2);
  CHECK(ended.verdict == Verdict::ok);
  CHECK(must(world.data->get_bill({function.user_id})).total == 1);
}

TEST_CASE("an execution that never was is not found") {
  World world;
  CHECK(world.data->get_execution({world.id()}).error().code == Code::not_found);
  const auto never = world.end_of(world.start_of(world.function(world.user()), world.id()));
  CHECK(world.data->finish_execution(never).error().code == Code::conflict);
}

TEST_CASE("an outcome is recorded once, by the live attempt and lease") {
  World world;
  const auto function = world.function(world.user());
  const auto start = world.start_of(function, world.id());
  must(world.data->start_execution(start));
  auto stranger = world.end_of(start);
  stranger.lease = world.id();
  CHECK(world.data->finish_execution(stranger).error().code == Code::conflict);
  auto other_attempt = world.end_of(start);
  other_attempt.attempt = 2;
  CHECK(world.data->finish_execution(other_attempt).error().code == Code::conflict);
  must(world.data->finish_execution(world.end_of(start)));
  CHECK(world.data->finish_execution(world.end_of(start, Verdict::error)).error().code ==
        Code::conflict);
  CHECK(must(world.data->get_execution({start.exec_id})).verdict == Verdict::ok);
  CHECK(must(world.data->get_bill({function.user_id})).total == 1);
}

TEST_CASE("of many who end one execution at once, one does, and it is billed once") {
  World world;
  const auto function = world.function(world.user());
  const auto start = world.start_of(function, world.id());
  must(world.data->start_execution(start));
  std::atomic<int> recorded{0};
  std::atomic<int> conflicts{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto result = world.data->finish_execution(world.end_of(start));
        if (result) ++recorded;
        if (!result && result.error().code == Code::conflict) ++conflicts;
      });
    }
  }
  CHECK(recorded == 1);
  CHECK(conflicts == 7);
  CHECK(must(world.data->get_bill({function.user_id})).total == 1);
}

TEST_CASE("an outcome can be recorded after a restart in between") {
  World world;
  const auto start = world.start_of(world.function(world.user()), world.id());
  must(world.data->start_execution(start));
  world.reopen();
  CHECK(world.data->finish_execution(world.end_of(start)));
}

TEST_CASE("times that a runner's wrong clock tells are the ledger's") {
  World world;
  const auto function = world.function(world.user());
  for (const auto off : {std::chrono::hours(-40 * 24), std::chrono::hours(40 * 24)}) {
    const std::int64_t off_us = std::chrono::microseconds(off).count();
    auto start = world.start_of(function, {});
    start.queued_at.us += off_us;
    must(world.data->start_execution(start));
    auto end = world.end_of(start);
    end.ended_at.us += off_us;
    must(world.data->finish_execution(end));
    const auto known = must(world.data->get_execution({start.exec_id}));
    CHECK(known.queued_at == world.clock.now());
    CHECK(known.ended_at == world.clock.now());
    CHECK(known.started_at->us == world.clock.now().us - end.wall_us);
  }
  CHECK(must(world.data->get_bill({function.user_id})).total == 2);
}

TEST_CASE("figures that cannot be are taken for the nearest that can, and the call is billed") {
  World world;
  const auto function = world.function(world.user());
  for (const std::int64_t figure : {std::int64_t{-1}, std::int64_t{1} << 62}) {
    const auto start = world.start_of(function, {});
    must(world.data->start_execution(start));
    auto end = world.end_of(start);
    end.wall_us = end.cpu_us = end.queued_us = end.start_us = end.peak_memory_kb = figure;
    end.started_at.us = 0;
    must(world.data->finish_execution(end));
    const auto known = must(world.data->get_execution({start.exec_id}));
    CHECK(known.wall_us == (figure < 0 ? 0 : 24 * 3'600'000'000));
    CHECK(known.peak_memory_kb >= 0);
    CHECK(known.started_at->us == known.ended_at->us - known.wall_us);
  }
  CHECK(must(world.data->get_bill({function.user_id})).total == 2);
}

TEST_CASE(
    "a further attempt takes the place of one that is open or lost, never of one that ended") {
  World world;
  const auto function = world.function(world.user());
  const auto first = world.start_of(function, world.id());
  must(world.data->start_execution(first));
  auto second = first;
  second.attempt = 2;
  second.runner = "other";
  second.lease = world.id();
  must(world.data->start_execution(second));
  CHECK(world.data->finish_execution(world.end_of(first)).error().code == Code::conflict);
  must(world.data->finish_execution(world.end_of(second)));
  CHECK(must(world.data->get_execution({first.exec_id})).attempt == 2);
  auto third = second;
  third.attempt = 3;
  must(world.data->start_execution(third));
  CHECK(world.data->finish_execution(world.end_of(third)).error().code == Code::conflict);
  CHECK(must(world.data->get_bill({function.user_id})).total == 1);
}

TEST_CASE("every verdict in which user code began is billed") {
  World world;
  const auto function = world.function(world.user());
  std::int64_t billed = 0;
  for (const Verdict verdict :
       {Verdict::ok, Verdict::error, Verdict::bad_result, Verdict::timeout, Verdict::out_of_memory,
        Verdict::crashed, Verdict::exited, Verdict::cancelled}) {
    const auto start = world.run(function, verdict);
    CHECK(must(world.data->get_execution({start.exec_id})).verdict == verdict);
    CHECK(must(world.data->get_bill({function.user_id})).total == ++billed);
  }
  world.run(function, Verdict::runner_lost);
  CHECK(must(world.data->get_bill({function.user_id})).total == billed);
}

TEST_CASE("a bill counts by name, per user, and keeps what deleted functions ran") {
  World world;
  const auto ada = world.user("ada");
  const auto bob = world.user("bob");
  CHECK(must(world.data->get_bill({ada})).total == 0);
  CHECK(must(world.data->get_bill({ada})).fn.empty());
  const auto hello = world.function(ada);
  for (int i = 0; i < 3; ++i) world.run(hello);
  world.run(world.function(ada, "other"));
  world.run(world.function(bob));
  must(world.data->remove_function({hello.fn_id}));
  must(world.data->forget_function({hello.fn_id}));
  world.run(world.function(ada));
  world.reopen();
  const auto bill = must(world.data->get_bill({ada}));
  CHECK(bill.total == 5);
  CHECK(bill.fn.size() == 2);
  CHECK(bill.fn.at("hello") == 4);
  CHECK(bill.fn.at("other") == 1);
  CHECK(must(world.data->get_bill({bob})).total == 1);
}

TEST_CASE("use is added up by the UTC day of the end") {
  World world;
  const auto function = world.function(world.user());
  for (int i = 0; i < 3; ++i) world.run(function);
  world.clock.advance(24h);
  world.run(function);
  CHECK(number(world, "SELECT COUNT(*) FROM usage") == 2);
  CHECK(number(world, "SELECT MAX(executions) FROM usage") == 3);
  CHECK(number(world, "SELECT SUM(wall_us) FROM usage") == 4 * 1500);
  CHECK(number(world, "SELECT SUM(mb_us) FROM usage") == 4 * 1500 * 256);
  CHECK(number(world, "SELECT MAX(day) - MIN(day) FROM usage") == 1);
  CHECK(number(world, "SELECT MIN(day) FROM usage") == 20781);  // 2026-11-24
}

TEST_CASE("many threads each record their own executions") {
  World world;
  const auto function = world.function(world.user());
  const Uuid lease = world.id();
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          const auto start = world.start_of(function, lease);
          if (!world.data->start_execution(start)) ++failed;
          if (!world.data->finish_execution(world.end_of(start))) ++failed;
        }
      });
    }
  }
  CHECK(failed == 0);
  CHECK(must(world.data->get_bill({function.user_id})).total == 400);
  CHECK(number(world, "SELECT COUNT(*) FROM execution WHERE verdict = 'ok'") == 400);
}

TEST_CASE("more open executions than there is room for are refused before they run") {
  World world;
  const auto function = world.function(world.user());
  const Uuid lease = world.id();
  must(world.data->take_lease({"local", lease}));
  std::vector<data::StartExecution> admitted;
  Result<Nothing> last = Nothing{};
  while (last && admitted.size() < 10'000) {
    const auto start = world.start_of(function, lease);
    last = world.data->start_execution(start);
    if (last) admitted.push_back(start);
  }
  REQUIRE_FALSE(last);
  CHECK(last.error().code == Code::unavailable);
  CHECK(last.error().detail == "data.db has too many writes waiting; try again later");
  for (const auto& start : admitted) REQUIRE(world.data->finish_execution(world.end_of(start)));
  CHECK(world.data->start_execution(world.start_of(function, lease)));
}

TEST_CASE("an execution whose start could not be written has no outcome, and says why") {
  World world;
  const auto function = world.function(world.user());
  auto other = must(store::Database::open(world.path));
  REQUIRE(other.run("BEGIN IMMEDIATE"));
  const auto start = world.start_of(function, world.id());
  must(world.data->start_execution(start));
  const auto blocked = world.data->finish_execution(world.end_of(start));
  REQUIRE_FALSE(blocked);
  CHECK(blocked.error().code == Code::unavailable);
  // Once that is known, the next is refused before it runs.
  CHECK(world.data->start_execution(world.start_of(function, world.id())).error().code ==
        Code::unavailable);
  REQUIRE(other.run("ROLLBACK"));
  CHECK(world.data->get_execution({start.exec_id}).error().code == Code::not_found);
  CHECK(must(world.data->get_bill({function.user_id})).total == 0);
  world.run(function);
  CHECK(must(world.data->get_execution({start.exec_id})).verdict == Verdict::runner_lost);

  REQUIRE(other.run("BEGIN IMMEDIATE"));
  const auto unwritten = world.start_of(function, world.id());
  must(world.data->start_execution(unwritten));
  CHECK_FALSE(world.data->logout({"kappa_" + std::string(43, 'A')}));  // waits until that failed
  REQUIRE(other.run("ROLLBACK"));
  const auto lost = world.data->finish_execution(world.end_of(unwritten));
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Code::unavailable);
  CHECK(lost.error().detail.find("locked") != std::string::npos);
}

}  // namespace
}  // namespace kappa::test
