// What was read lately is given again, and never after it was written.
#include "data/recent.hpp"

#include <string>
#include <thread>
#include <vector>

#include "world.hpp"

namespace kappa::test {
namespace {

struct Reads {
  data::Recent<int, std::string> recent;
  int count = 0;
  std::string now = "old";

  Result<std::string> get(int key = 1) {
    return recent.get(key, [&]() -> Result<std::string> {
      ++count;
      return now;
    });
  }
};

TEST_CASE("what was read is not read again") {
  Reads reads;
  CHECK(must(reads.get()) == "old");
  CHECK(must(reads.get()) == "old");
  CHECK(reads.count == 1);
  CHECK(must(reads.get(2)) == "old");
  CHECK(reads.count == 2);
}

TEST_CASE("after a write nobody is given the old answer") {
  Reads reads;
  must(reads.get());
  reads.now = "new";
  reads.recent.forget();
  CHECK(must(reads.get()) == "new");
}

TEST_CASE("an answer that was being read while it was written is not kept") {
  Reads reads;
  const auto overtaken = reads.recent.get(1, [&]() -> Result<std::string> {
    reads.now = "new";
    reads.recent.forget();
    return std::string("old");
  });
  CHECK(must(overtaken) == "old");
  CHECK(must(reads.get()) == "new");
}

TEST_CASE("an error is not kept") {
  Reads reads;
  const auto failed = reads.recent.get(1, []() -> Result<std::string> {
    return Error{Code::not_found, "not yet"};
  });
  CHECK_FALSE(failed);
  CHECK(must(reads.get()) == "old");
}

TEST_CASE("what another program writes is seen before long") {
  Reads reads;
  must(reads.get());
  reads.now = "new";
  CHECK(eventually([&] { return must(reads.get()) == "new"; }));
}

TEST_CASE("any number of keys is answered") {
  Reads reads;
  for (int key = 0; key < 10'000; ++key) CHECK(must(reads.get(key)) == "old");
  CHECK(reads.count == 10'000);
}

TEST_CASE("a token in constant use is refused from the moment it is revoked") {
  World world;
  world.user();
  const std::string token = world.token("ada");
  std::atomic<bool> revoked = false;
  std::atomic<int> after = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        for (bool known = true; known;) {
          const bool before = !revoked;
          known = world.data->identify({token}).has_value();
          if (known && !before) ++after;
        }
      });
    }
    must(world.data->logout({token}));
    revoked = true;
  }
  CHECK(after == 0);
}

TEST_CASE("a token that was just used is refused when it expires") {
  World world;
  world.user();
  const std::string token = world.token("ada");
  CHECK(world.data->identify({token}));
  world.clock.advance(std::chrono::hours(24));
  CHECK(world.data->identify({token}).error().code == Code::unauthorized);
}

TEST_CASE("a token that was just used is refused when the password changes") {
  World world;
  const std::int64_t user = world.user();
  const std::string token = world.token("ada");
  CHECK(world.data->identify({token}));
  must(world.data->change_password({user, "correct horse", {"another horse"}}));
  CHECK(world.data->identify({token}).error().code == Code::unauthorized);
}

TEST_CASE("a function that was just found is found as it is now") {
  World world;
  const std::int64_t user = world.user();
  const auto function = world.function(user);
  CHECK_FALSE(must(world.data->find_function({user, "hello"})).settings.timeout_ms);
  FunctionSettings settings;
  settings.timeout_ms = 7;
  must(world.data->configure_function({function.fn_id, settings}));
  CHECK(must(world.data->find_function({user, "hello"})).settings.timeout_ms == 7);
  must(world.data->remove_function({function.fn_id}));
  CHECK(world.data->find_function({user, "hello"}).error().code == Code::not_found);
  const auto next = world.function(user);
  CHECK(must(world.data->find_function({user, "hello"})).fn_id == next.fn_id);
}

}  // namespace
}  // namespace kappa::test
