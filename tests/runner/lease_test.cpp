// A runner's life in the ledger: begun again where that is older, over where another has the name.
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

using kappa::test::eventually;
using kappa::test::must;

constexpr auto prints = "def main():\n  print('ran')\n";

std::vector<data::Execution> executions(Running& at, const data::Function& function) {
  data::ListExecutions ask;
  ask.user_id = function.user_id;
  return must(at.stores().data->list_executions(ask)).executions;
}

Condition condition(Running& at) { return must(at.runner().inspect({})); }

TEST_CASE("a runner that was announced before goes on when the ledger has come from a backup") {
  Running at;
  const auto function = at.function(prints);
  REQUIRE(at.invoke(function));
  const Uuid older{};  // than any
  REQUIRE(at.stores().data->take_lease({"local", older}));
  const auto execution = at.invoke(function);
  REQUIRE(execution);
  CHECK(execution->verdict == Verdict::ok);
  CHECK(condition(at).ready);
}

TEST_CASE("a runner whose name another one has taken runs nothing more, and says what to do") {
  Running at;
  const auto function = at.function(prints);
  REQUIRE(at.invoke(function));
  auto& stores = at.stores();
  const Uuid newer = make_uuid(stores.clock, stores.random);
  REQUIRE(stores.data->take_lease({"local", newer}));
  for (int i = 0; i < 3; ++i) {
    const auto refused = at.invoke(function);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::unavailable);
    CHECK(refused.error().detail.find("another runner called 'local'") != std::string::npos);
    CHECK(refused.error().detail.find("runner.name") != std::string::npos);
  }
  CHECK_FALSE(condition(at).ready);
  CHECK(condition(at).reason.find("another runner called 'local'") != std::string::npos);
  CHECK(executions(at, function).size() == 1);
  // The newer one is not disturbed by it.
  data::TakeLease again{"local", newer, true};
  CHECK(stores.data->take_lease(again));
}

TEST_CASE("a call under way when another runner takes the name is lost, and told so") {
  Running at;
  const auto function =
      at.function("import time\ndef main():\n  print('on', flush=True)\n  time.sleep(0.6)\n");
  auto& stores = at.stores();
  Result<Execution> execution = Error{};
  std::jthread call([&] { execution = at.invoke(function); });
  REQUIRE(eventually([&] { return !executions(at, function).empty(); }));
  REQUIRE(stores.data->take_lease({"local", make_uuid(stores.clock, stores.random)}));
  call.join();
  REQUIRE(execution);
  CHECK(execution->verdict == Verdict::runner_lost);
  CHECK(execution->detail.find("the function ran") != std::string::npos);
  const auto known = must(stores.data->get_execution({execution->exec_id}));
  CHECK(known.verdict == Verdict::runner_lost);
  CHECK(must(stores.data->get_bill({function.user_id})).total == 0);
}

}  // namespace
}  // namespace kappa::runner::test
