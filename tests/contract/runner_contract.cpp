// What the runner and the gateway promise, whichever way they are reached.
#include "base/hash.hpp"
#include "contract/apart.hpp"
#include "gateway/http.hpp"
#include "runner/http.hpp"

namespace kappa::test {
namespace {

TEST_CASE("runner: loads, refuses, runs, tells verdicts and unloads") {
  using namespace kappa::runner;
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      const Service service(stores);
      Reach<Runner> runner(*service.runner, way, mount_runner, connect_runner);
      const data::Function function =
          stores.function("f", "def main(*, a, b=1, **kw):\n  print('hi')\n  return [a, b, kw]\n");
      const auto ask = [&](const std::string& args) {
        return Invoke{make_uuid(stores.clock, stores.random),
                      function.fn_id,
                      *function.code_id,
                      function.user_id,
                      function.name,
                      1,
                      {args}};
      };

      CHECK_FALSE(runner->get_loaded({function.fn_id})->loaded);
      const auto loaded = runner->load({function.fn_id, *function.code_id});
      REQUIRE(loaded);
      CHECK(loaded->loaded);
      CHECK(loaded->takes_any);
      CHECK(loaded->parameters.size() == 2);
      CHECK_FALSE(loaded->parameters.at(1).required);

      const auto good = runner->invoke(ask(R"({"a": 12345678901234567890123, "c": "\u00e9"})"));
      REQUIRE(good);
      CHECK(good->verdict == Verdict::ok);
      CHECK(good->output.text == R"([12345678901234567890123, 1, {"c": "\u00e9"}])");
      CHECK(good->limits.timeout_ms == 2000);
      CHECK(good->wall_us > 0);
      CHECK(stores.fn_logs->read_execution({good->exec_id})->outputs.at(0).pieces.at(0).text ==
            "hi\n");
      CHECK(stores.data->get_execution({good->exec_id})->verdict == Verdict::ok);

      const Error lacking = runner->invoke(ask("{}")).error();
      CHECK(lacking.code == Code::invalid_argument);
      CHECK(lacking.detail == "too few arguments");
      CHECK(runner->invoke(ask("[]")).error().code == Code::invalid);

      const data::Function raising = stores.function("g", "def main(): raise ValueError('no')");
      const auto bad = runner->invoke({make_uuid(stores.clock, stores.random),
                                       raising.fn_id,
                                       *raising.code_id,
                                       raising.user_id,
                                       raising.name,
                                       1,
                                       {"{}"}});
      REQUIRE(bad);
      CHECK(bad->verdict == Verdict::error);
      CHECK(bad->detail == "ValueError: no");
      CHECK(bad->traceback.find("line 1, in main") != std::string::npos);

      const data::Function broken = stores.function("h", "def main(:");
      const Error refused = runner->load({broken.fn_id, *broken.code_id}).error();
      CHECK(refused.code == Code::unacceptable);
      CHECK(refused.detail.starts_with("Invalid code. SyntaxError on line 1"));
      CHECK(runner->load({broken.fn_id, {std::string(64, '0')}}).error().code == Code::not_found);

      REQUIRE(runner->unload({function.fn_id}));
      CHECK_FALSE(runner->get_loaded({function.fn_id})->loaded);
      CHECK(runner->invoke(ask(R"({"a": 1})"))->output.text ==
            "[1, 1, {}]");  // a restarted runner restores itself the same way
      const auto condition = runner->inspect({});
      REQUIRE(condition);
      CHECK(condition->isolation == "best_effort");
      CHECK(condition->layers.size() == 13);
    }
  }
}

TEST_CASE("gateway: the whole workflow, its errors as they are") {
  using namespace kappa::gateway;
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      const Service service(stores);
      const auto mount = [&](rpc::Router& router, Gateway& gateway) {
        mount_gateway(router, gateway,
                      [&](const std::string& token) { return authenticate(*stores.data, token); });
      };
      Reach<Gateway> gateway(*service.gateway, way, mount, connect_gateway, Guard::none);

      REQUIRE(gateway->signup({{"ada"}, {"correct horse"}}));
      CHECK(gateway->signup({{"ada"}, {"correct horse"}}).error().code == Code::conflict);
      CHECK(gateway->login({"ada", "wrong horse"}).error().detail ==
            "Incorrect username or password");
      const auto token = gateway->login({"ada", "correct horse"});
      REQUIRE(token);
      const Caller ada = *authenticate(*stores.data, token->access_token);
      CHECK(gateway->get_me(ada, {})->username == "ada");

      CHECK(gateway->create_function(ada, {{"f"}, {"x = 1"}}).error().code == Code::unacceptable);
      CHECK(stores.fn_code->list({})->code.empty());
      REQUIRE(gateway->create_function(
          ada, {{"f"}, {"def main(*, n):\n  print(n)\n  return {'n': n}"}}));
      CHECK(gateway->create_function(ada, {{"f"}, {"def main(): pass"}}).error().code ==
            Code::conflict);
      const auto texts = gateway->execute_function(ada, {"f", {{{"n", "1"}}}});
      REQUIRE(texts);
      CHECK(texts->status == "executed");
      CHECK(texts->output.text == R"({"n": "1"})");
      const auto typed = gateway->invoke_function(ada, {"f", {{R"({"n": 1})"}}});
      REQUIRE(typed);
      CHECK(typed->output.text == R"({"n": 1})");
      CHECK(gateway->invoke_function(ada, {"f", {{R"({"m": 1})"}}}).error().detail == "m");
      CHECK(gateway->invoke_function(ada, {"g", {{"{}"}}}).error().code == Code::not_found);

      CHECK(gateway->get_function_logs(ada, {"f", {}})->logs.size() == 5);
      CHECK(gateway->get_function_logs(ada, {"f", 2})->logs.size() == 2);
      CHECK(gateway->get_execution_logs(ada, {to_text(typed->exec_id)})->logs.size() == 2);
      CHECK(gateway->get_execution_logs(ada, {"nonsense"}).error().code == Code::not_found);
      CHECK(gateway->get_input(ada, {to_text(typed->exec_id)})->text == R"({"n": 1})");
      CHECK(gateway->get_output(ada, {to_text(typed->exec_id)})->text == R"({"n": 1})");
      CHECK(gateway->get_input(ada, {"nonsense"}).error().code == Code::not_found);
      CHECK(gateway->get_bill(ada, {})->fn.at("f") == 2);
      CHECK(gateway->get_health({})->status == "ok");

      const auto functions = gateway->list_functions(ada, {{}, 1});
      REQUIRE(functions);
      CHECK(functions->functions.at(0).name == "f");
      CHECK(functions->functions.at(0).executions == 2);
      CHECK_FALSE(functions->next);
      const auto function = gateway->get_function(ada, {"f"});
      REQUIRE(function);
      CHECK(function->parameters.at(0).name == "n");
      CHECK(gateway->get_code(ada, {"f"})->code_id == function->code_id);
      CHECK(gateway->get_code(ada, {"g"}).error().code == Code::not_found);
      const auto executions = gateway->list_executions(ada, {"f", Verdict::ok, false, {}, 1});
      REQUIRE(executions);
      CHECK(executions->executions.at(0).exec_id == typed->exec_id);
      CHECK(executions->next == typed->exec_id);
      CHECK(gateway->get_execution(ada, {to_text(typed->exec_id)})->verdict == Verdict::ok);
      CHECK(gateway->get_execution(ada, {"nonsense"}).error().code == Code::not_found);
      CHECK(gateway->change_password(ada, {"wrong horse", {"battery staple"}})
                .error()
                .faults.size() == 1);

      const auto replayed = gateway->replay_execution(ada, {to_text(typed->exec_id)});
      REQUIRE(replayed);
      CHECK(replayed->replay_of == typed->exec_id);
      CHECK(replayed->output.text == typed->output.text);
      CHECK(replayed->same == true);
      CHECK(gateway->get_execution(ada, {to_text(replayed->exec_id)})->replay_of == typed->exec_id);
      CHECK(gateway->replay_execution(ada, {"nonsense"}).error().code == Code::not_found);

      REQUIRE(gateway->delete_function(ada, {"f"}));
      CHECK(gateway->get_output(ada, {to_text(typed->exec_id)}).error().code == Code::not_found);
      CHECK(gateway->delete_function(ada, {"f"}).error().code == Code::not_found);
      CHECK(stores.fn_code->list({})->code.empty());
      CHECK(gateway->get_bill(ada, {})->total == 3);
      REQUIRE(gateway->logout(ada, {}));
      if (way != Way::direct) CHECK(gateway->get_me(ada, {}).error().code == Code::unauthorized);
    }
  }
}

}  // namespace
}  // namespace kappa::test
