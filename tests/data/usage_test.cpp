// A month of the bill: what is counted, what it costs, and what that asks of the file.

#include <algorithm>
#include <random>

#include "data/budgets.hpp"
#include "data/ledger.hpp"
#include "data/usage_view.hpp"
#include "rpc/record.hpp"
#include "store/database.hpp"
#include "store/file.hpp"
#include "world.hpp"

namespace kappa::data {
std::span<const store::Migration> migrations();  // made by cmake/migrations.cmake
}

namespace kappa::test {
namespace {

using namespace std::chrono_literals;

Usage month_of(World& world, std::int64_t user_id, const char* month = nullptr,
               bool daily = false) {
  data::GetUsage ask{user_id, {}, daily};
  if (month != nullptr) ask.month = Month{month};
  return must(world.data->get_usage(ask));
}

std::string text(const auto& value) { return rpc::write_json(value); }

/// Runs one execution that used so much.
void use(World& world, const data::Function& function, std::int64_t wall_us, std::int64_t cpu_us,
         Verdict verdict = Verdict::ok, std::int64_t memory_mb = 256) {
  auto start = world.start_of(function, Uuid{});
  start.limits.memory_mb = memory_mb;
  must(world.data->start_execution(start));
  auto end = world.end_of(start, verdict);
  end.wall_us = wall_us;
  end.cpu_us = cpu_us;
  must(world.data->finish_execution(end));
}

TEST_CASE("a month tells calls, errors, GB-seconds and CPU-seconds by function, and their total") {
  World world;
  const auto ada = world.user("ada");
  const auto hello = world.function(ada, "hello");
  const auto other = world.function(ada, "other");
  use(world, hello, 2'000'000, 500'000);
  use(world, hello, 1'000'000, 250'000, Verdict::timeout);
  use(world, other, 1'000'000, 1, Verdict::error, 1024);
  use(world, other, 5'000'000, 5'000'000, Verdict::runner_lost);  // Kappa's own failure
  use(world, world.function(world.user("bob")), 1, 1);
  CHECK(text(month_of(world, ada)) ==
        R"({"month":"2026-11","currency":"","lines":[)"
        R"({"fn":"hello","calls":2,"errors":1,"gb_seconds":0.75,"cpu_seconds":0.75,"price":0},)"
        R"({"fn":"other","calls":1,"errors":1,"gb_seconds":1,"cpu_seconds":0.000001,"price":0}],)"
        R"("total":{"calls":3,"errors":2,"gb_seconds":1.75,"cpu_seconds":0.750001,"price":0}})");
  must(world.data->remove_function({hello.fn_id}));
  must(world.data->forget_function({hello.fn_id}));
  use(world, world.function(ada, "hello"), 1, 1);
  world.reopen();
  CHECK(month_of(world, ada).lines.at(0).calls == 3);
}

TEST_CASE("an execution belongs to the UTC day and month in which it ended") {
  World world;
  const auto ada = world.user();
  const auto hello = world.function(ada);
  world.clock.advance(6 * 24h + 12h + 59min + 43s + 999'999us);  // 2026-11-30T23:59:59.999999Z
  use(world, hello, 1, 1);
  world.clock.advance(1us);
  use(world, hello, 1, 1);
  use(world, hello, 1, 1);
  world.clock.advance(24h);
  use(world, hello, 1, 1);
  CHECK(month_of(world, ada, "2026-11").total.calls == 1);
  CHECK(month_of(world, ada, "2026-12").total.calls == 3);
  CHECK(month_of(world, ada).month.value == "2026-12");
  CHECK(month_of(world, ada, "2027-01").lines.empty());
  CHECK(month_of(world, ada, "0000-01").lines.empty());
  CHECK(month_of(world, ada, "9999-12").lines.empty());
  CHECK(month_of(world, ada, "2026-11", true).lines.at(0).day == "2026-11-30");
  const auto daily = month_of(world, ada, nullptr, true);
  REQUIRE(daily.lines.size() == 2);
  CHECK(daily.lines[0].day == "2026-12-01");
  CHECK(daily.lines[0].calls == 2);
  CHECK(daily.lines[1].day == "2026-12-02");
  CHECK(text(daily.total) == text(month_of(world, ada).total));
}

TEST_CASE("what users are billed is the sum over the ledger") {
  World world;
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same run each time
  const auto ada = world.user("ada");
  const data::Function functions[] = {world.function(ada, "a"), world.function(ada, "b")};
  const Verdict verdicts[] = {Verdict::ok,     Verdict::ok,        Verdict::error,
                              Verdict::exited, Verdict::cancelled, Verdict::runner_lost};
  for (int i = 0; i < 300; ++i) {
    world.clock.advance(std::chrono::minutes(random() % 600));
    use(world, functions[random() % 2], random() % 100'000, random() % 50'000,
        verdicts[random() % 6], 1 + random() % 512);
  }
  auto db = must(store::Database::open(world.path, {.read_only = true}));
  auto differing = db.query(
      "SELECT COUNT(*) FROM usage FULL JOIN ("
      "SELECT fn_id, ended_at / 86400000000 AS day, COUNT(*) AS executions, SUM(wall_us) AS w, "
      "SUM(wall_us * memory_mb) AS m, SUM(verdict <> 'ok') AS e, SUM(cpu_us) AS c "
      "FROM execution WHERE verdict <> 'runner_lost' GROUP BY 1, 2) AS ledger "
      "USING (fn_id, day) WHERE (usage.executions, wall_us, mb_us, errors, cpu_us) "
      "IS NOT (ledger.executions, w, m, e, c)");
  REQUIRE(must(differing.next()));
  CHECK(differing.integer(0) == 0);
  auto all_time = db.query(
      "SELECT COUNT(*), SUM(billed IS NOT executions) FROM usage_total FULL JOIN ("
      "SELECT user_id, fn_name, SUM(executions) AS billed FROM usage GROUP BY 1, 2) "
      "USING (user_id, fn_name)");
  REQUIRE(must(all_time.next()));
  CHECK(all_time.integer(0) == 2);
  CHECK(all_time.integer(1) == 0);
  auto lines = db.query("SELECT COUNT(*), SUM(executions) FROM usage");
  REQUIRE(must(lines.next()));
  CHECK(lines.integer(0) > 100);
  CHECK(lines.integer(1) > 200);
}

TEST_CASE("an amount is exact, rounded once for each day of a function, and adds up") {
  World world;
  world.bill = {"EUR", {200'000'000'000}, {16'666'700}, {3}, {}, {}};  // 0.2; 0.0000166667; 3e-12
  world.reopen();
  const auto ada = world.user();
  const auto hello = world.function(ada);
  // 1 call 0.0000002; 30 GB-seconds 0.000500001; 100 s of CPU 0.0000000003: together 0.0005002013
  use(world, hello, 120'000'000, 100'000'000);
  CHECK(text(month_of(world, ada).total.price) == "0.0005");
  CHECK(month_of(world, ada).currency == "EUR");
  world.clock.advance(24h);
  // 3 calls 0.0000006 are half a millionth and more, 2 are less.
  for (int i = 0; i < 3; ++i) use(world, hello, 0, 0);
  const auto other = world.function(ada, "other");
  for (int i = 0; i < 2; ++i) use(world, other, 0, 0);
  const auto daily = month_of(world, ada, nullptr, true);
  CHECK(text(daily.lines.at(1).price) == "0.000001");
  CHECK(text(daily.lines.at(2).price) == "0");
  CHECK(text(month_of(world, ada).lines.at(0).price) == "0.000501");
  CHECK(month_of(world, ada).total.price == daily.total.price);
  world.bill.price_per_million_calls = {1'000'000'000'000'000};  // what was used costs more now
  world.reopen();
  CHECK(text(month_of(world, ada).lines.at(1).price) == "0.002");
}

TEST_CASE("half a millionth is rounded up, whatever it is half of") {
  const data::BillOptions prices{"", {500'000'000'000}, {1'024'000'000'000}, {}, {}, {}};
  CHECK(data::rounded(data::cost_of(data::Use{1, 0, 0}, prices)) == Money{1});
  CHECK(data::rounded(data::cost_of(data::Use{0, 499, 0}, prices)) == Money{0});
  CHECK(data::rounded(data::cost_of(data::Use{0, 500, 0}, prices)) == Money{1});
  CHECK(data::rounded(data::cost_of(Money{INT64_MAX / 4})) == Money{INT64_MAX / 4});
  CHECK(data::gb_seconds_of(511) == Decimal<6>{0});
  CHECK(data::gb_seconds_of(512) == Decimal<6>{1});
}

/// A database as the release before had it, with a day of one function on the bill.
void make_older(const World& world, const std::filesystem::path& path) {
  auto file = must(store::File::open(path, data::migrations().first(3), world.clock));
  must(file->write([](store::Database& db) {
    return db.run_script(
        "INSERT INTO user (username, password_hash, created_at) VALUES ('ada', '', 0);"
        "INSERT INTO usage VALUES (1, zeroblob(16), 20781, 'hello', 3, 30, 300);"
        "INSERT INTO usage VALUES (1, zeroblob(16), 20782, 'hello', 1, 10, 100);"
        "INSERT INTO usage VALUES (1, zeroblob(16), 10, 'hello', 7, 70, 700);"
        "INSERT INTO usage VALUES (1, x'01', 10, 'hello', 5, 50, 500);"  // of the same name
        "INSERT INTO usage VALUES (1, x'02', 10, 'other', 2, 20, 200), (2, x'03', 9, 'hello', 1, "
        "1, 1);"
        "WITH e(id, ended_at, verdict, cpu_us) AS (VALUES (1, 20781, 'ok', 10), "
        "(2, 20781, 'error', 20), (3, 20781, 'timeout', 30), (4, 20782, 'ok', 40), "
        "(5, 20782, 'runner_lost', 50), (6, NULL, NULL, NULL)) "
        "INSERT INTO execution (exec_id, attempt, runner, lease, fn_id, user_id, fn_name, "
        "fn_version, timeout_ms, memory_mb, queued_at, ended_at, verdict, cpu_us) "
        "SELECT id, 1, '', x'', zeroblob(16), 1, 'hello', 1, 1, 1, 0, ended_at * 86400000000 + 5, "
        "verdict, cpu_us FROM (SELECT CAST(id AS BLOB) AS id, ended_at, verdict, cpu_us FROM e)");
  }));
}

TEST_CASE("days from before are given the errors and CPU time that the ledger tells") {
  World world;
  world.data.reset();
  world.path = world.dir.path() / "older.db";
  make_older(world, world.path);
  world.reopen();
  CHECK(text(month_of(world, 1, "2026-11", true).lines) ==
        R"([{"day":"2026-11-24","fn":"hello","calls":3,"errors":2,"gb_seconds":0,)"
        R"("cpu_seconds":0.00006,"price":0},)"
        R"({"day":"2026-11-25","fn":"hello","calls":1,"errors":0,"gb_seconds":0,)"
        R"("cpu_seconds":0.00004,"price":0}])");
  const auto gone = month_of(world, 1, "1970-01");  // of what is not in the ledger nothing is known
  CHECK(gone.total.calls == 14);
  CHECK(gone.total.errors == 0);
  CHECK(text(must(world.data->get_bill({1}))) == R"({"total":18,"fn":{"hello":16,"other":2}})");
  CHECK(text(must(world.data->get_bill({2}))) == R"({"total":1,"fn":{"hello":1}})");
  use(world, world.function(1), 1, 1);
  CHECK(must(world.data->get_bill({1})).fn.at("hello") == 17);
}

TEST_CASE("a month is read by its own lines, whoever asks, and all time by a line for each name") {
  World world;
  using Steps = std::vector<std::string>;
  CHECK(plan_of(world.path.string(), data::bill_query().text) ==
        Steps{"SEARCH usage_total USING PRIMARY KEY (user_id=?)"});
  CHECK(plan_of(world.path.string(), data::usage_query().text) ==
        Steps{"SEARCH usage USING INDEX usage_day (user_id=? AND day>? AND day<?)"});
  CHECK(plan_of(world.path.string(), data::spent_query().text) ==
        Steps{"SEARCH usage USING INDEX usage_day (user_id=? AND day>?)"});
}

TEST_CASE("a month's bill is read within a millisecond where ten million executions are billed") {
  World world;
  const auto ada = world.user();
  {  // 100 users with 10 functions each, called on each day of a month, and two before it
    auto db = must(store::Database::open(world.path));
    must(
        db.run("WITH RECURSIVE k(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i < 99999) "
               "INSERT INTO usage SELECT 1 + i % 100, CAST(i % 1000 AS BLOB), 20787 - i / 1000, "
               "'f' || i % 1000 / 100, 322, 1, 1, 1, 1 FROM k"));
  }
  CHECK(month_of(world, ada).total.calls == 10 * 322 * 30);
  std::vector<std::chrono::nanoseconds> took;
  for (int i = 0; i < 51; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    month_of(world, ada);
    took.push_back(std::chrono::steady_clock::now() - begin);
  }
  // Half of them: a busy machine gives some of them no processor for longer.
  std::nth_element(took.begin(), took.begin() + 25, took.end());
  MESSAGE("a month's bill of 300 lines: ", took[25].count() / 1000, " us");
  CHECK(took[25] < 1ms);
}

}  // namespace
}  // namespace kappa::test
