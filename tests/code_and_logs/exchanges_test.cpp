// What executions were given and gave back: kept with what they printed, gathered when they printed
// nothing, gone when their function is.
#include <sqlite3.h>

#include "fn_logs/fn_logs.hpp"
#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;
using fn_logs::Channel;
using fn_logs::Exchange;
using fn_logs::Output;

struct Exchanges : LogFolder {
  Uuid fn_id = id();

  Output silent(const std::string& input, const std::string& output = "null") {
    Output kept{fn_id, id(), clock.now(), {}};
    kept.exchange = exchange(input, output);
    return kept;
  }
  static Exchange exchange(const std::string& input, const std::string& output) {
    return {input, std::ssize(input), output, std::ssize(output)};
  }
  std::string input_of(const Uuid& exec_id) {
    const auto read = logs->read_exchange({fn_id, exec_id});
    return read ? read->input.value_or("too long") : read.error().detail;
  }
};

TEST_CASE_FIXTURE(Exchanges, "an exchange that nobody waited for is found at once") {
  for (int i = 0; i < 50; ++i) {
    const auto output = silent("{\"n\":" + std::to_string(i) + "}");
    const auto kept = logs->begin_append(output);
    CHECK(input_of(output.exec_id) == output.exchange->input);
    must(kept.wait());
  }
}

TEST_CASE_FIXTURE(Exchanges, "many at once, and around midnight, are each kept") {
  clock.advance(12h + 59min + 44s - 1us);  // the last microsecond of the day
  std::vector<Output> all;
  for (int i = 0; i < 200; ++i) {
    if (i % 50 == 49) clock.advance(1us);
    all.push_back(silent("{\"n\":" + std::to_string(i) + "}"));
  }
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < all.size(); i += 4) must(logs->append(all[i]));
      });
    }
  }
  for (const auto& output : all) CHECK(input_of(output.exec_id) == output.exchange->input);
  CHECK(std::filesystem::exists(folder / "fn_logs-2026-11-24.db"));
  CHECK(std::filesystem::exists(folder / "fn_logs-2026-11-25.db"));
}

TEST_CASE_FIXTURE(Exchanges, "what is gathered is written when the module ends") {
  const auto output = silent("{}", "[1]");
  must(logs->append(output));
  reopen();
  CHECK(must(logs->read_exchange({fn_id, output.exec_id})).output == "[1]");
}

TEST_CASE_FIXTURE(Exchanges,
                  "an exchange is with what was printed, in one row each, also sent twice") {
  Output output = silent("{}");
  output.pieces.push_back({clock.now(), Channel::out, "hello"});
  must(logs->append(output));
  must(logs->append(output));
  CHECK(input_of(output.exec_id) == "{}");
  CHECK(must(logs->read_execution({output.exec_id})).outputs.size() == 1);
}

TEST_CASE_FIXTURE(Exchanges, "erasing takes a function's exchanges, and leaves none on disk") {
  const std::string canary = "canary-91c7";
  const auto first = silent("{\"a\":\"" + canary + std::string(20'000, 'x') + "\"}");
  must(logs->append(first));
  clock.advance(24h);
  const auto second = silent("{}", "\"" + canary + "\"");
  must(logs->append(second));
  auto another = silent("{\"b\":1}");
  another.fn_id = id();
  must(logs->append(another));
  CHECK(input_of(second.exec_id) == "{}");  // now it is on disk
  CHECK(on_disk(folder, canary));
  must(logs->erase_function({fn_id}));
  CHECK_FALSE(on_disk(folder, canary));
  for (const auto& output : {first, second})
    CHECK(logs->read_exchange({fn_id, output.exec_id}).error().code == Code::not_found);
  CHECK(must(logs->read_exchange({another.fn_id, another.exec_id})).input == "{\"b\":1}");
}

/// Another process's lock on a file.
struct Lock {
  sqlite3* db = nullptr;
  explicit Lock(const std::filesystem::path& file) {
    REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  ~Lock() { sqlite3_close(db); }
};

TEST_CASE_FIXTURE(Exchanges, "a file that takes nothing is told, and takes again when it can") {
  {
    const Lock lock(folder / "fn_logs-2026-11-24.db");
    // Nobody has been told of the first ones: each waits a moment for those that come with it.
    CHECK(eventually([&] { return !logs->append(silent("{}")).has_value(); }));
  }
  CHECK(eventually([&] { return logs->append(silent("{}")).has_value(); }));
  const auto output = silent("{\"back\":true}");
  must(logs->append(output));
  CHECK(input_of(output.exec_id) == "{\"back\":true}");
}

}  // namespace
}  // namespace kappa::test
