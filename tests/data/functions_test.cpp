// Names taken, published, removed, forgotten, and what a crash leaves.
#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;
using data::FunctionState;

TEST_CASE("a reserved function takes its name but does not exist yet") {
  World world;
  const auto user_id = world.user();
  const Uuid fn_id = world.id();
  const auto reserved = must(world.data->reserve_function({fn_id, user_id, {"hello"}}));
  CHECK(reserved.fn_id == fn_id);
  CHECK(reserved.user_id == user_id);
  CHECK(reserved.name.value == "hello");
  CHECK(reserved.version == 1);
  CHECK(reserved.state == FunctionState::reserved);
  CHECK(reserved.created_at == world.clock.now());
  CHECK_FALSE(reserved.code_id);
  CHECK(world.data->find_function({user_id, "hello"}).error().code == Code::not_found);
  const auto again = world.data->reserve_function({world.id(), user_id, {"hello"}});
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Code::conflict);
  CHECK(again.error().detail.find("function 'hello' exists already") == 0);
}

TEST_CASE("of many who create one name at once, one does") {
  World world;
  const auto user_id = world.user();
  std::atomic<int> made{0};
  std::atomic<int> conflicts{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto result = world.data->reserve_function({world.id(), user_id, {"hello"}});
        if (result) ++made;
        if (!result && result.error().code == Code::conflict) ++conflicts;
      });
    }
  }
  CHECK(made == 1);
  CHECK(conflicts == 7);
}

TEST_CASE("two users have a function of the same name each") {
  World world;
  const auto ada = world.user("ada");
  const auto bob = world.user("bob");
  const auto hers = world.function(ada);
  const auto his = world.function(bob);
  CHECK(must(world.data->find_function({ada, "hello"})).fn_id == hers.fn_id);
  CHECK(must(world.data->find_function({bob, "hello"})).fn_id == his.fn_id);
}

TEST_CASE("a user who is not there reserves nothing") {
  World world;
  const auto refused = world.data->reserve_function({world.id(), 42, {"hello"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::not_found);
}

TEST_CASE("a published function exists, with its code, also after a restart") {
  World world;
  const auto user_id = world.user();
  const Uuid fn_id = world.id();
  must(world.data->reserve_function({fn_id, user_id, {"hello"}}));
  const CodeId code_id{std::string(64, 'c')};
  CHECK(must(world.data->publish_function({fn_id, code_id})).state == FunctionState::live);
  world.reopen();
  const auto found = must(world.data->find_function({user_id, "hello"}));
  CHECK(found.fn_id == fn_id);
  CHECK(found.code_id == code_id);
  CHECK(found.state == FunctionState::live);
  CHECK(must(world.data->get_function({fn_id})).name.value == "hello");
  CHECK(world.data->find_function({user_id, "Hello"}).error().code == Code::not_found);
  CHECK(world.data->find_function({user_id, std::string(1'000'000, 'x')}).error().detail.size() <
        200);
}

TEST_CASE("only what is reserved can be published, and only once") {
  World world;
  const auto function = world.function(world.user());
  const CodeId code_id{std::string(64, 'c')};
  CHECK(world.data->publish_function({function.fn_id, code_id}).error().code == Code::not_found);
  CHECK(world.data->publish_function({world.id(), code_id}).error().code == Code::not_found);
  CHECK(must(world.data->get_function({function.fn_id})).code_id->value == std::string(64, 'a'));
  CHECK(must(world.data->list_function_events({function.fn_id, {}})).events.size() == 1);
}

TEST_CASE("a removed function is gone for its user at once and leaves its name free") {
  World world;
  const auto user_id = world.user();
  const auto function = world.function(user_id);
  CHECK(must(world.data->remove_function({function.fn_id})).state == FunctionState::deleting);
  CHECK(world.data->find_function({user_id, "hello"}).error().code == Code::not_found);
  CHECK(world.data->remove_function({function.fn_id}).error().code == Code::not_found);
  CHECK(world.data->remove_function({world.id()}).error().code == Code::not_found);
  const auto next = world.function(user_id);
  CHECK(must(world.data->find_function({user_id, "hello"})).fn_id == next.fn_id);
}

TEST_CASE("a creation that is given up can be removed too") {
  World world;
  const auto user_id = world.user();
  const Uuid fn_id = world.id();
  must(world.data->reserve_function({fn_id, user_id, {"hello"}}));
  CHECK(must(world.data->remove_function({fn_id})).state == FunctionState::deleting);
  CHECK(world.data->publish_function({fn_id, {std::string(64, 'a')}}).error().code ==
        Code::not_found);
}

TEST_CASE("only what is being deleted can be forgotten; its row stays") {
  World world;
  const auto function = world.function(world.user());
  CHECK(world.data->forget_function({function.fn_id}).error().code == Code::not_found);
  must(world.data->remove_function({function.fn_id}));
  must(world.data->forget_function({function.fn_id}));
  CHECK(world.data->forget_function({function.fn_id}).error().code == Code::not_found);
  CHECK(must(world.data->get_function({function.fn_id})).state == FunctionState::deleted);
  CHECK(world.data->get_function({world.id()}).error().code == Code::not_found);
}

TEST_CASE("what is on its way in or out is listed, fresh reservations only when asked") {
  World world;
  const auto user_id = world.user();
  world.function(user_id, "live");
  const auto leaving = world.function(user_id, "leaving");
  must(world.data->remove_function({leaving.fn_id}));
  const auto left = world.function(user_id, "left");
  must(world.data->remove_function({left.fn_id}));
  must(world.data->forget_function({left.fn_id}));
  const Uuid coming = world.id();
  world.clock.advance(1ms);
  must(world.data->reserve_function({coming, user_id, {"coming"}}));

  const auto names = [&](std::int64_t older_than_ms) {
    std::vector<std::string> found;
    for (const auto& function : must(world.data->list_unsettled({older_than_ms})).functions)
      found.push_back(function.name.value);
    return found;
  };
  const std::vector<std::string> both = {"leaving", "coming"};
  const std::vector<std::string> old = {"leaving"};
  CHECK(names(0) == both);
  CHECK(names(-5) == both);
  CHECK(names(60'000) == old);
  CHECK(names(INT64_MAX) == old);
  world.clock.advance(60s);
  CHECK(names(60'000) == both);
  world.reopen();
  CHECK(names(0) == both);
}

TEST_CASE("a reservation whose creation died frees its name after two minutes") {
  World world;
  const auto user_id = world.user();
  const Uuid dead = world.id();
  must(world.data->reserve_function({dead, user_id, {"hello"}}));
  world.clock.advance(2min - 1us);
  CHECK(world.data->reserve_function({world.id(), user_id, {"hello"}}).error().code ==
        Code::conflict);
  world.clock.advance(1us);
  const Uuid next = world.id();
  must(world.data->reserve_function({next, user_id, {"hello"}}));
  CHECK(must(world.data->get_function({dead})).state == FunctionState::deleting);
  CHECK(world.data->publish_function({dead, {std::string(64, 'a')}}).error().code ==
        Code::not_found);
  must(world.data->publish_function({next, {std::string(64, 'b')}}));
  world.clock.advance(1h);
  CHECK(world.data->reserve_function({world.id(), user_id, {"hello"}}).error().code ==
        Code::conflict);
}

TEST_CASE("a function is found and reserved as quickly among thirty thousand") {
  World world;
  const auto user_id = world.user();
  {
    auto db = must(store::Database::open(world.path));
    REQUIRE(
        db.run("WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k LIMIT 30000) "
               "INSERT INTO function SELECT randomblob(16), ?, 'f' || i, 1, NULL, 'live', 0, '{}' "
               "FROM k",
               {user_id}));
  }
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 1; i <= 3000; ++i)
    must(world.data->find_function({user_id, "f" + std::to_string(i)}));
  for (int i = 0; i < 100; ++i)
    must(world.data->reserve_function({world.id(), user_id, {"g" + std::to_string(i)}}));
  CHECK(std::chrono::steady_clock::now() - begun < 1s);  // a scan takes a millisecond
}

}  // namespace
}  // namespace kappa::test
