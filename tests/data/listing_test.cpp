// Functions and executions, page by page; and a password that changes.

#include <algorithm>
#include <optional>
#include <thread>

#include "data/execution_queries.hpp"
#include "data/names.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;
using data::ListExecutions;

std::vector<std::string> names(const data::FunctionPage& page) {
  std::vector<std::string> out;
  for (const auto& listed : page.functions) out.push_back(listed.function.name.value);
  return out;
}

std::vector<Uuid> ids(const data::ExecutionPage& page) {
  std::vector<Uuid> out;
  for (const auto& execution : page.executions) out.push_back(execution.exec_id);
  return out;
}

TEST_CASE("functions are listed by name, page by page, live ones of one user alone") {
  World world;
  const auto ada = world.user("ada");
  const auto bob = world.user("bob");
  for (const char* name : {"c", "a", "B", "e", "d"}) world.function(ada, name);
  world.function(bob, "b");
  must(world.data->reserve_function({world.id(), ada, {"reserved"}}));
  must(world.data->remove_function({must(world.data->find_function({ada, "e"})).fn_id}));

  const auto all = must(world.data->list_functions({ada, {}, {}}));
  CHECK(names(all) == std::vector<std::string>{"B", "a", "c", "d"});
  CHECK_FALSE(all.next);
  const auto first = must(world.data->list_functions({ada, {}, 2}));
  CHECK(names(first) == std::vector<std::string>{"B", "a"});
  CHECK(first.next == "a");
  const auto second = must(world.data->list_functions({ada, first.next, 2}));
  CHECK(names(second) == std::vector<std::string>{"c", "d"});
  CHECK_FALSE(second.next);
  CHECK(must(world.data->list_functions({ada, "zz", 2})).functions.empty());
  for (const std::int64_t limit : {0, -1, 1001})
    CHECK(world.data->list_functions({ada, {}, limit}).error().faults.at(0).at == "/limit");
}

TEST_CASE("a listed function says how often it ran, a later one of its name from nothing on") {
  World world;
  const auto ada = world.user();
  const auto first = world.function(ada);
  for (int i = 0; i < 3; ++i) world.run(first);
  world.clock.advance(48h);
  world.run(first, Verdict::error);
  CHECK(must(world.data->list_functions({ada, {}, {}})).functions.at(0).executions == 4);
  must(world.data->remove_function({first.fn_id}));
  world.function(ada);
  CHECK(must(world.data->list_functions({ada, {}, {}})).functions.at(0).executions == 0);
}

struct Listing : World {
  std::int64_t ada = user("ada");
  data::Function hello = function(ada, "hello");
  data::Function other = function(ada, "other");
  std::vector<Uuid> made;  // oldest first

  Uuid add(const data::Function& of, std::optional<Verdict> verdict) {
    clock.advance(1ms);  // so that ids sort
    const auto start = start_of(of, Uuid{});
    must(data->start_execution(start));
    if (verdict) must(data->finish_execution(end_of(start, *verdict)));
    CHECK(eventually([&] { return data->get_execution({start.exec_id}).has_value(); }));
    made.push_back(start.exec_id);
    return start.exec_id;
  }
};

TEST_CASE_FIXTURE(Listing, "executions are listed newest first, by what is asked of them") {
  const auto a = add(hello, Verdict::ok);
  const auto b = add(other, Verdict::error);
  const auto c = add(hello, Verdict::timeout);
  const auto d = add(hello, std::nullopt);
  const auto e = add(other, Verdict::ok);
  const auto bobs = function(user("bob"), "hello");
  run(bobs);
  const auto list = [&](const ListExecutions& ask) {
    return ids(must(data->list_executions(ask)));
  };
  using Ids = std::vector<Uuid>;
  CHECK(list({ada, {}, {}, {}, {}, {}}) == Ids{e, d, c, b, a});
  CHECK(list({ada, "hello", {}, {}, {}, {}}) == Ids{d, c, a});
  CHECK(list({ada, "nothing", {}, {}, {}, {}}).empty());
  CHECK(list({ada, {}, Verdict::ok, {}, {}, {}}) == Ids{e, a});
  CHECK(list({ada, {}, Verdict::error, {}, {}, {}}) == Ids{b});
  CHECK(list({ada, "hello", Verdict::timeout, {}, {}, {}}) == Ids{c});
  CHECK(list({ada, "hello", Verdict::ok, {}, {}, {}}) == Ids{a});
  CHECK(list({ada, "other", Verdict::timeout, {}, {}, {}}).empty());
  CHECK(list({ada, {}, {}, true, {}, {}}) == Ids{d});
  CHECK(list({ada, "other", {}, true, {}, {}}).empty());
  CHECK(list({ada, {}, Verdict::ok, true, {}, {}}).empty());
  CHECK(list({ada, {}, {}, false, {}, {}}) == Ids{e, c, b, a});
  CHECK(list({ada, "hello", {}, false, {}, {}}) == Ids{c, a});
  CHECK(list({ada, {}, Verdict::error, false, {}, {}}) == Ids{b});
  CHECK(list({ada, {}, {}, {}, c, {}}) == Ids{b, a});
  CHECK(list({ada, "hello", {}, {}, d, {}}) == Ids{c, a});
}

TEST_CASE_FIXTURE(Listing, "pages follow each other without a gap, also when newer ones come") {
  for (int i = 0; i < 7; ++i) add(hello, i % 2 == 0 ? Verdict::ok : Verdict::error);
  std::vector<Uuid> seen;
  ListExecutions ask{ada, {}, {}, {}, {}, 3};
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = must(data->list_executions(ask));
    for (const auto& execution : page.executions) seen.push_back(execution.exec_id);
    more = page.next.has_value();
    ask.before = page.next;
    const auto known = made;
    add(hello, Verdict::ok);
    made = known;
  }
  CHECK(pages == 3);
  std::reverse(seen.begin(), seen.end());
  CHECK(seen == made);
  ask.limit = 0;
  CHECK(data->list_executions(ask).error().code == Code::invalid);
}

TEST_CASE_FIXTURE(Listing, "a listing reads an index in order, whatever is asked") {
  add(hello, Verdict::ok);
  const std::string of_user = "execution_user_verdict (user_id=? AND verdict=? AND exec_id<?)";
  const std::string of_function =
      "execution_user_function_verdict (user_id=? AND fn_name=? AND verdict=? AND exec_id<?)";
  const std::size_t all = 10;  // nine verdicts and none
  struct Expected {
    ListExecutions ask;
    std::string index;
    std::size_t runs;
  };
  const Expected plans[] = {
      {{ada, {}, {}, {}, {}, {}}, of_user, all},
      {{ada, {}, {}, false, {}, {}}, of_user, all},
      {{ada, "f", {}, {}, {}, {}}, of_function, all},
      {{ada, "f", {}, false, {}, {}}, of_function, all},
      {{ada, {}, Verdict::ok, {}, {}, {}}, of_user, 1},
      {{ada, {}, Verdict::crashed, false, {}, {}}, of_user, 1},
      {{ada, "f", Verdict::error, {}, {}, {}}, of_function, 1},
      {{ada, {}, {}, true, {}, {}}, of_user, 1},
      {{ada, "f", {}, true, {}, {}}, of_function, 1},
  };
  for (const auto& [ask, index, runs] : plans) {
    const std::string sql = data::query_for(ask).text;
    CAPTURE(sql);
    const auto steps = plan_of(path.string(), sql);
    const auto search = "SEARCH execution USING INDEX " + index;
    CHECK(static_cast<std::size_t>(std::count(steps.begin(), steps.end(), search)) == runs);
    for (const std::string& step : steps) {  // nothing else is searched, nothing is sorted
      CAPTURE(step);
      CHECK((step == search || step.starts_with("MERGE") || step == "LEFT" || step == "RIGHT"));
    }
  }
}

TEST_CASE_FIXTURE(Listing, "every verdict there is is listed") {
  std::vector<Uuid> expected;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<Verdict>>(
      [&](auto verdict) { expected.insert(expected.begin(), add(hello, verdict.value)); });
  expected.insert(expected.begin(), add(hello, std::nullopt));
  CHECK(ids(must(data->list_executions({ada, {}, {}, {}, {}, {}}))) == expected);
  CHECK(ids(must(data->list_executions({ada, "hello", {}, {}, {}, {}}))) == expected);
  expected.erase(expected.begin());
  CHECK(ids(must(data->list_executions({ada, {}, {}, false, {}, {}}))) == expected);
  CHECK(ids(must(data->list_executions({ada, "hello", {}, false, {}, {}}))) == expected);
}

TEST_CASE("no login with the old password outlives its change, whenever it began") {
  World world;
  const auto ada = world.user("ada");
  std::string password = "correct horse";
  for (int i = 0; i < 10; ++i) {
    const Password fresh{"battery staple " + std::to_string(i)};
    std::atomic<bool> changed = false;
    std::vector<std::string> tokens;
    std::jthread logins([&] {
      while (!changed) {
        if (const auto session = world.data->login({"ada", password}))
          tokens.push_back(session->token);
      }
    });
    CHECK(eventually([&] {
      return world.data->change_password({ada, password, fresh}).has_value();
    }));
    changed = true;
    logins.join();
    for (const std::string& token : tokens)
      CHECK(world.data->identify({token}).error().code == Code::unauthorized);
    password = fresh.value;
  }
}

TEST_CASE("a new password ends every session but the one it begins") {
  World world;
  const auto ada = world.user("ada");
  world.user("bob");
  const auto here = world.token("ada");
  const auto there = world.token("ada");
  const auto bobs = world.token("bob");
  CHECK(world.data->change_password({ada, "wrong horse", {"battery staple"}}).error().code ==
        Code::unauthorized);
  CHECK(world.data->change_password({ada, "", {"battery staple"}}).error().code ==
        Code::unauthorized);
  CHECK(world.data->change_password({99, "correct horse", {"battery staple"}}).error().code ==
        Code::unauthorized);
  CHECK(world.data->identify({here}));
  const auto session =
      must(world.data->change_password({ada, "correct horse", {"battery staple"}}));
  CHECK(must(world.data->identify({session.token})).user_id == ada);
  CHECK(world.data->identify({here}).error().code == Code::unauthorized);
  CHECK(world.data->identify({there}).error().code == Code::unauthorized);
  CHECK(world.data->identify({bobs}));
  CHECK(world.data->login({"ada", "correct horse"}).error().code == Code::unauthorized);
  CHECK(world.data->login({"ada", "battery staple"}));
}

TEST_CASE("of two who change a password at once, one does") {
  World world;
  const auto ada = world.user("ada");
  std::atomic<int> changed{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] {
        const Password fresh{"battery staple " + std::to_string(i)};
        if (world.data->change_password({ada, "correct horse", fresh})) ++changed;
      });
    }
  }
  CHECK(changed == 1);
}

}  // namespace
}  // namespace kappa::test
