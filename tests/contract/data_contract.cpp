// What data promises, whichever way it is reached.
#include "contract/apart.hpp"

namespace kappa::test {
namespace {

using namespace kappa::data;

std::int64_t new_user(Data& data, const std::string& username) {
  REQUIRE(data.signup({{username}, {"correct horse"}}));
  const auto session = data.login({username, "correct horse"});
  REQUIRE(session);
  return data.identify({session->token})->user_id;
}

StartExecution start_of(const Function& function, Stores& stores, const Uuid& lease) {
  return {make_uuid(stores.clock, stores.random),
          1,
          "local",
          lease,
          function.fn_id,
          function.user_id,
          function.name,
          1,
          {30'000, 256},
          stores.clock.now()};
}

FinishExecution end_of(const StartExecution& start, Verdict verdict, Stores& stores) {
  const Timestamp now = stores.clock.now();
  return {start.exec_id,
          start.attempt,
          start.lease,
          verdict,
          verdict == Verdict::ok ? "" : "ValueError: no",
          now,
          now,
          1500,
          20,
          1200,
          9000,
          false};
}

TEST_CASE("data: users, tokens and functions") {
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<Data> data(*stores.data, way, mount_data, connect_data);

      REQUIRE(data->signup({{"ada"}, {"correct horse"}}));
      CHECK(data->signup({{"ada"}, {"another horse"}}).error().code == Code::conflict);
      CHECK(data->login({"ada", "wrong horse"}).error().code == Code::unauthorized);
      CHECK(data->login({"nobody", "correct horse"}).error().code == Code::unauthorized);
      const auto session = data->login({"ada", "correct horse"});
      REQUIRE(session);
      CHECK(session->token.starts_with("kappa_"));
      const auto ada = data->identify({session->token});
      REQUIRE(ada);
      CHECK(ada->username == "ada");
      CHECK(data->identify({session->token + "x"}).error().code == Code::unauthorized);

      const Uuid fn_id = make_uuid(stores.clock, stores.random);
      REQUIRE(data->reserve_function({fn_id, ada->user_id, {"hello"}}));
      const Uuid other = make_uuid(stores.clock, stores.random);
      CHECK(data->reserve_function({other, ada->user_id, {"hello"}}).error().code ==
            Code::conflict);
      CHECK(data->find_function({ada->user_id, "hello"}).error().code == Code::not_found);
      CHECK(data->list_unsettled({0})->functions.size() == 1);
      CHECK(data->list_unsettled({60'000})->functions.empty());
      REQUIRE(data->publish_function({fn_id, {std::string(64, 'a')}}));
      const auto found = data->find_function({ada->user_id, "hello"});
      REQUIRE(found);
      CHECK(found->fn_id == fn_id);
      CHECK(found->code_id->value == std::string(64, 'a'));
      CHECK(data->find_function({ada->user_id + 1, "hello"}).error().code == Code::not_found);
      const auto page = data->list_functions({ada->user_id, {}, 5});
      REQUIRE(page);
      CHECK(page->functions.at(0).function.fn_id == fn_id);
      CHECK(page->functions.at(0).executions == 0);
      CHECK(data->list_functions({ada->user_id, "hello", {}})->functions.empty());
      CHECK(data->change_password({ada->user_id, "wrong horse", {"battery staple"}}).error().code ==
            Code::unauthorized);
      CHECK(data->list_unsettled({0})->functions.empty());
      CHECK(data->list_function_events({fn_id, {}})->events.at(0).status == "created");

      REQUIRE(data->remove_function({fn_id}));
      CHECK(data->find_function({ada->user_id, "hello"}).error().code == Code::not_found);
      CHECK(data->get_function({fn_id})->state == FunctionState::deleting);
      CHECK(data->remove_function({fn_id}).error().code == Code::not_found);
      REQUIRE(data->reserve_function({other, ada->user_id, {"hello"}}));
      REQUIRE(data->forget_function({fn_id}));
      CHECK(data->get_function({fn_id})->state == FunctionState::deleted);

      REQUIRE(data->logout({session->token}));
      REQUIRE(data->logout({session->token}));
      CHECK(data->identify({session->token}).error().code == Code::unauthorized);
    }
  }
}

TEST_CASE("data: an execution has one outcome, is billed once, and shows in the events") {
  for (const Way way : every_way) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<Data> data(*stores.data, way, mount_data, connect_data);
      const Function function = stores.function("hello");
      const Uuid lease = make_uuid(stores.clock, stores.random);
      REQUIRE(data->take_lease({"local", lease})->lost == 0);

      const auto good = start_of(function, stores, lease);
      REQUIRE(data->start_execution(good));
      auto stranger = end_of(good, Verdict::error, stores);
      stranger.lease = make_uuid(stores.clock, stores.random);
      CHECK(data->finish_execution(stranger).error().code == Code::conflict);
      REQUIRE(data->finish_execution(end_of(good, Verdict::ok, stores)));
      CHECK(data->finish_execution(end_of(good, Verdict::error, stores)).error().code ==
            Code::conflict);
      CHECK(data->get_execution({good.exec_id})->verdict == Verdict::ok);

      CHECK_FALSE(data->get_execution({good.exec_id})->replay_of);
      auto bad = start_of(function, stores, lease);
      bad.replay_of = good.exec_id;
      REQUIRE(data->start_execution(bad));
      REQUIRE(data->finish_execution(end_of(bad, Verdict::error, stores)));
      CHECK(data->get_execution({bad.exec_id})->replay_of == good.exec_id);
      const auto lost = start_of(function, stores, lease);
      REQUIRE(data->start_execution(lost));
      const Uuid next_lease = make_uuid(stores.clock, stores.random);
      CHECK(data->take_lease({"local", next_lease})->lost == 1);
      CHECK(data->get_execution({lost.exec_id})->verdict == Verdict::runner_lost);
      CHECK(data->finish_execution(end_of(lost, Verdict::ok, stores)).error().code ==
            Code::conflict);
      CHECK(data->get_execution({lease}).error().code == Code::not_found);

      CHECK(data->check_recording({}));
      const auto bill = data->get_bill({function.user_id});
      REQUIRE(bill);
      CHECK(bill->total == 2);
      CHECK(bill->fn.at("hello") == 2);

      const auto events = data->list_execution_events({bad.exec_id});
      REQUIRE(events);
      REQUIRE(events->events.size() == 2);
      CHECK(events->events[0].status == "started");
      CHECK(events->events[1].status == "failed");
      CHECK(events->events[1].verdict == Verdict::error);
      CHECK(events->events[1].detail == "ValueError: no");
      CHECK(data->list_function_events({function.fn_id, {}})->events.size() == 6);
      CHECK(data->list_function_events({function.fn_id, 2})->events.size() == 2);
    }
  }
}

TEST_CASE("data: what does not fit the description never reaches it") {
  for (const Way way : every_way_with_adapter) {
    SUBCASE(name(way)) {
      World stores(way);
      Reach<Data> data(*stores.data, way, mount_data, connect_data);
      const auto refused = data->signup({{"two words"}, {"short"}});
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == Code::invalid);
      CHECK(refused.error().faults.size() == 2);
      CHECK(new_user(*data, "ada") > 0);
    }
  }
}

}  // namespace
}  // namespace kappa::test
