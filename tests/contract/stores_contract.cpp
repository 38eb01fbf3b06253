// What fn_code, fn_logs and logs promise, whichever way they are reached.
#include <algorithm>

#include "base/hash.hpp"
#include "contract/apart.hpp"

namespace kappa::test {

namespace {

std::string all_of(Stream stream) {
  std::string text;
  for (;;) {
    const auto piece = stream.next();
    REQUIRE(piece);
    if (!*piece) return text;
    text += **piece;
  }
}

TEST_CASE("fn_code: source comes back byte for byte, until its last holder releases it") {
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<fn_code::FnCode> code(*stores.fn_code, way, fn_code::mount_fn_code,
                                  fn_code::connect_fn_code);
      std::string big = "# \xc3\xa9\xf0\x9f\x98\x80\r\n\t\"\\";
      while (big.size() < SourceRule::max_length) big += static_cast<char>('a' + big.size() % 26);
      const Uuid one = make_uuid(stores.clock, stores.random);
      const Uuid two = make_uuid(stores.clock, stores.random);

      const auto stored = code->store({one, {big}});
      REQUIRE(stored);
      CHECK(stored->code_id.value == sha256_hex(big));
      CHECK(stored->size_bytes == static_cast<std::int64_t>(big.size()));
      REQUIRE(code->store({two, {big}}));
      REQUIRE(code->store({two, {big}}));
      CHECK(code->store({two, {"other"}}).error().code == Code::conflict);
      CHECK(code->list({})->code.size() == 1);
      const auto first = code->list_holders({{}, 1});
      REQUIRE(first);
      CHECK(first->functions == std::vector{std::min(one, two)});
      CHECK(first->next == std::min(one, two));
      const auto second = code->list_holders({first->next, 1});
      REQUIRE(second);
      CHECK(second->functions == std::vector{std::max(one, two)});
      CHECK_FALSE(second->next);
      CHECK(code->list_holders({{}, 0}).error().code == Code::invalid);

      auto read = code->read({stored->code_id});
      REQUIRE(read);
      CHECK(read->content_type.starts_with("text/x-python"));
      CHECK(all_of(*std::move(read)) == big);

      REQUIRE(code->release({one}));
      CHECK(code->read({stored->code_id}));
      REQUIRE(code->release({two}));
      REQUIRE(code->release({two}));
      CHECK(code->read({stored->code_id}).error().code == Code::not_found);
      CHECK(code->list({})->code.empty());
      CHECK(code->list_holders({})->functions.empty());
    }
  }
}

TEST_CASE("fn_logs: functions of which anything is kept are listed once, by id and page") {
  using namespace kappa::fn_logs;
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<FnLogs> fn_logs(*stores.fn_logs, way, mount_fn_logs, connect_fn_logs);
      CHECK(fn_logs->list_functions({})->functions.empty());
      constexpr std::int64_t day_us = 24LL * 60 * 60 * 1'000'000;
      std::vector<Uuid> all;
      for (int i = 0; i < 7; ++i) {
        const Uuid& fn_id = all.emplace_back(make_uuid(stores.clock, stores.random));
        for (int day = 0; day < 2; ++day) {
          if (i % 3 != 0 && day != i % 2) continue;  // some on each day, some on one
          const Timestamp ts{stores.clock.now().us - day * day_us};
          Output output{fn_id, make_uuid(stores.clock, stores.random), ts, {}, 1};
          if (i % 2 == 0) output.pieces = {{ts, Channel::out, "printed"}};
          output.exchange = Exchange{"{}", 2, {}, 0};
          REQUIRE(fn_logs->append(output));
          REQUIRE(fn_logs->read_exchange({fn_id, output.exec_id}));
        }
      }
      std::sort(all.begin(), all.end());
      std::vector<Uuid> listed;
      ListFunctions ask{{}, 3};
      do {
        const auto page = fn_logs->list_functions(ask);
        REQUIRE(page);
        CHECK(page->functions.size() <= 3);
        listed.insert(listed.end(), page->functions.begin(), page->functions.end());
        ask.after = page->next;
      } while (ask.after);
      CHECK(listed == all);
      CHECK(fn_logs->list_functions({})->functions == all);
      CHECK(fn_logs->list_functions({{}, 1001}).error().code == Code::invalid);
      REQUIRE(fn_logs->erase_function({all[3]}));
      CHECK(fn_logs->list_functions({})->functions.size() == 6);
    }
  }
}

TEST_CASE("fn_logs: what was printed comes back in order, channel by channel, until it is erased") {
  using namespace kappa::fn_logs;
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<FnLogs> fn_logs(*stores.fn_logs, way, mount_fn_logs, connect_fn_logs);
      const Uuid fn_id = make_uuid(stores.clock, stores.random);
      const Timestamp now = stores.clock.now();
      std::vector<Uuid> executions;
      for (int i = 0; i < 3; ++i) {
        executions.push_back(make_uuid(stores.clock, stores.random));
        const Timestamp ts{now.us + i};
        REQUIRE(fn_logs->append({fn_id,
                                 executions[static_cast<std::size_t>(i)],
                                 ts,
                                 {{ts, Channel::out, "out\n\"\x01"},
                                  {ts, Channel::err, "err"},
                                  {ts, Channel::out, ""}}}));
      }
      const auto all = fn_logs->read_function({fn_id, {}});
      REQUIRE(all);
      REQUIRE(all->outputs.size() == 3);
      CHECK(all->outputs[0].exec_id == executions[0]);
      CHECK(all->outputs[2].ts.us == now.us + 2);
      CHECK(all->outputs[1].pieces.at(0).text == "out\n\"\x01");
      CHECK(all->outputs[1].pieces.at(1).channel == Channel::err);
      const auto newest = fn_logs->read_function({fn_id, 1});
      REQUIRE(newest);
      CHECK(newest->outputs.at(0).exec_id == executions[2]);
      CHECK(fn_logs->read_execution({executions[1]})->outputs.size() == 1);
      CHECK(fn_logs->read_execution({fn_id})->outputs.empty());

      REQUIRE(fn_logs->erase_function({fn_id}));
      CHECK(fn_logs->read_function({fn_id, {}})->outputs.empty());
      CHECK(fn_logs->read_execution({executions[1]})->outputs.empty());
    }
  }
}

TEST_CASE("fn_logs: what went in and came out comes back as it was, whole or as its length") {
  using namespace kappa::fn_logs;
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<FnLogs> fn_logs(*stores.fn_logs, way, mount_fn_logs, connect_fn_logs);
      const Uuid fn_id = make_uuid(stores.clock, stores.random);
      const auto keep = [&](std::vector<Piece> pieces, const Exchange& exchange) {
        const Uuid exec_id = make_uuid(stores.clock, stores.random);
        Output output{fn_id, exec_id, stores.clock.now(), std::move(pieces)};
        output.exchange = exchange;
        REQUIRE(fn_logs->append(output));
        return exec_id;
      };
      const std::string input = R"({"n": 12345678901234567890123, "s": "\u00e9\n"})";
      const Uuid silent = keep({}, {input, std::ssize(input), "null", 4});
      const Uuid loud = keep({{stores.clock.now(), Channel::out, "hi"}}, {{}, 70'000, {}, 0});

      const auto whole = fn_logs->read_exchange({fn_id, silent});
      REQUIRE(whole);
      CHECK(whole->input == input);
      CHECK(whole->output == "null");
      CHECK(whole->input_bytes == std::ssize(input));
      CHECK(whole->output_bytes == 4);
      const auto length = fn_logs->read_exchange({fn_id, loud});
      REQUIRE(length);
      CHECK_FALSE(length->input);
      CHECK(length->input_bytes == 70'000);
      CHECK_FALSE(length->output);
      CHECK(fn_logs->read_execution({loud})->outputs.size() == 1);
      CHECK(fn_logs->read_execution({silent})->outputs.empty());
      CHECK(fn_logs->read_exchange({silent, fn_id}).error().code == Code::not_found);

      REQUIRE(fn_logs->erase_function({fn_id}));
      CHECK(fn_logs->read_exchange({fn_id, silent}).error().code == Code::not_found);
      CHECK(fn_logs->read_exchange({fn_id, loud}).error().code == Code::not_found);
    }
  }
}

TEST_CASE("logs: what the platform did and what the function printed, by time") {
  using namespace kappa::logs;
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<Logs> logs(*stores.logs, way, mount_logs, connect_logs);
      const data::Function function = stores.function("hello");
      const Uuid exec_id = make_uuid(stores.clock, stores.random);
      const Uuid lease = make_uuid(stores.clock, stores.random);
      REQUIRE(logs->read_function({function.fn_id, {}})->logs.size() == 1);
      REQUIRE(stores.data->start_execution({exec_id,
                                            1,
                                            "another",
                                            lease,
                                            function.fn_id,
                                            function.user_id,
                                            function.name,
                                            1,
                                            {},
                                            stores.clock.now()}));
      const Timestamp end = stores.clock.now();
      CHECK(logs->read_exchange({function.fn_id, exec_id}).error().code == Code::not_found);
      fn_logs::Output output{function.fn_id, exec_id, end, {{end, fn_logs::Channel::out, "hi\n"}}};
      output.exchange = fn_logs::Exchange{"{}", 2, {}, 0};
      REQUIRE(stores.fn_logs->append(output));
      CHECK(logs->read_exchange({function.fn_id, exec_id})->input == "{}");
      REQUIRE(stores.data->finish_execution(
          {exec_id, 1, lease, Verdict::error, "ValueError: \"no\"", end, end, 1, 0, 1, 1, false}));

      const std::string id = to_text(exec_id);
      const auto lines = logs->read_function({function.fn_id, {}});
      REQUIRE(lines);
      REQUIRE(lines->logs.size() == 4);
      CHECK(lines->logs[0].content == R"({"status":"created"})");
      CHECK(lines->logs[1].content == R"({"status":"started","exec_id":")" + id + R"("})");
      CHECK(lines->logs[2].content == R"({"exec_id":")" + id + R"(","stdout":"hi\n","stderr":""})");
      CHECK(lines->logs[3].content == R"({"status":"failed","exec_id":")" + id +
                                          R"(","verdict":"error","detail":"ValueError: \"no\""})");
      for (std::size_t i = 1; i < 4; ++i) CHECK(lines->logs[i - 1].ts <= lines->logs[i].ts);
      CHECK(logs->read_function({function.fn_id, 2})->logs.size() == 2);
      CHECK(logs->read_execution({exec_id})->logs.size() == 3);
      CHECK(logs->read_execution({lease}).error().code == Code::not_found);

      REQUIRE(logs->erase_function({function.fn_id}));
      CHECK(logs->read_exchange({function.fn_id, exec_id}).error().code == Code::not_found);
      CHECK(logs->read_execution({exec_id})->logs.size() == 2);
    }
  }
}

TEST_CASE("fn_logs and logs: lines by page and by cursor, the platform's among them") {
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<fn_logs::FnLogs> fn_logs(*stores.fn_logs, way, fn_logs::mount_fn_logs,
                                     fn_logs::connect_fn_logs);
      const auto over_it = logs::make_logs(*stores.data, *fn_logs);
      Reach<logs::Logs> logs(stores.processes ? *stores.logs : *over_it, way, logs::mount_logs,
                             logs::connect_logs);
      const data::Function function = stores.function("hello");
      const Timestamp now = stores.clock.now();
      fn_logs::Output output{function.fn_id, make_uuid(stores.clock, stores.random), now, {}, 7};
      output.queued_at = Timestamp{now.us - 1};
      output.verdict = Verdict::error;
      output.detail = "ValueError: \"no\"";
      output.pieces = {{now, fn_logs::Channel::out, "a & b\n\x01"}};
      REQUIRE(fn_logs->append(output));

      logs::ReadLines ask;
      ask.fn_id = function.fn_id;
      ask.limit = 4;
      const auto page = logs->read_lines(ask);
      REQUIRE(page);
      REQUIRE(page->lines.size() == 4);
      CHECK(page->lines[0].text == "started");
      CHECK(page->lines[1].text == "a & b");
      CHECK(page->lines[2].text == "\x01");
      CHECK(page->lines[3].text == "failed: error: ValueError: \"no\"");
      CHECK(page->lines[1].exec_id == output.exec_id);
      ask.before = page->older;
      REQUIRE(ask.before);
      const auto first = logs->read_lines(ask);
      REQUIRE(first);
      REQUIRE(first->lines.size() == 1);
      CHECK(first->lines[0].text == "created");
      CHECK_FALSE(first->older);

      ask.before.reset();
      ask.grep = "a & b";
      ask.stream = LineStream::stdout;
      ask.since = now;
      ask.exec_id = output.exec_id;
      CHECK(logs->read_lines(ask)->lines.size() == 1);
      ask.after = page->newer;
      ask.wait_ms = 1;
      CHECK(logs->read_lines(ask)->lines.empty());
      ask.after = "nonsense";
      CHECK(logs->read_lines(ask).error().faults.at(0).at == "/after");
    }
  }
}

}  // namespace
}  // namespace kappa::test
