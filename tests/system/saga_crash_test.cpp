// kill -9 between any two steps of creating and of deleting a function leaves a consistent store.
#include <signal.h>
#include <sys/wait.h>

#include <functional>

#include "data/data.hpp"
#include "data/http.hpp"
#include "fn_code/fn_code.hpp"
#include "fn_code/http.hpp"
#include "fn_logs/fn_logs.hpp"
#include "gateway/gateway.hpp"
#include "logs/http.hpp"
#include "logs/logs.hpp"
#include "rpc/router.hpp"
#include "runner/http.hpp"
#include "support.hpp"

namespace kappa::test {
namespace {

/// Loads anything at once: what is tried here is the order of the steps, not the sandbox.
class PermissiveRunner final : public runner::Runner {
 public:
  Result<runner::Loaded> load(const runner::Load& ask) override {
    return runner::Loaded{ask.fn_id, true, {}, true, {}};
  }
  Result<runner::Loaded> get_loaded(const runner::FunctionById& ask) override {
    return runner::Loaded{ask.fn_id, false, {}, false, {}};
  }
  Result<runner::Execution> invoke(const runner::Invoke&) override {
    return Error{Code::internal, "not tried here"};
  }
  Result<Nothing> cancel(const runner::Cancel&) override { return Nothing{}; }
  Result<Nothing> unload(const runner::Unload&) override { return Nothing{}; }
  Result<runner::Condition> inspect(const runner::Inspect&) override { return runner::Condition{}; }
};

/// Counts the calls that cross between modules, and dies before or after the one it is set to.
class Killer {
 public:
  explicit Killer(int at) : left_(at) {}
  void step() {
    if (--left_ == 0) ::raise(SIGKILL);
  }

 private:
  int left_;
};

struct Kappa {
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<data::Data> data;
  std::unique_ptr<fn_code::FnCode> fn_code;
  std::unique_ptr<fn_logs::FnLogs> fn_logs;
  std::unique_ptr<logs::Logs> logs;
  PermissiveRunner runner;

  explicit Kappa(const std::filesystem::path& folder)
      : data(data::open_data(folder / "data.db", clock, random)),
        fn_code(fn_code::open_fn_code(folder / "fn_code.db", clock)),
        fn_logs(fn_logs::open_fn_logs(folder / "fn_logs", clock)),
        logs(logs::make_logs(*data, *fn_logs)) {}
};

/// The same modules with the killer on every way between them and the gateway.
struct Deadly {
  rpc::Router routers[4] = {{"data", ""}, {"fn_code", ""}, {"runner", ""}, {"logs", ""}};
  std::unique_ptr<data::Data> data;
  std::unique_ptr<fn_code::FnCode> fn_code;
  std::unique_ptr<runner::Runner> runner;
  std::unique_ptr<logs::Logs> logs;

  Deadly(Kappa& kappa, Killer& killer) {
    const auto through = [&killer](rpc::Router& router) -> rpc::Transport {
      return [&](const rpc::HttpRequest& request) -> Result<rpc::HttpResponse> {
        killer.step();
        auto reply = router.handle(request);
        killer.step();
        return reply;
      };
    };
    data::mount_data(routers[0], *kappa.data);
    fn_code::mount_fn_code(routers[1], *kappa.fn_code);
    runner::mount_runner(routers[2], kappa.runner);
    logs::mount_logs(routers[3], *kappa.logs);
    data = data::connect_data(through(routers[0]));
    fn_code = fn_code::connect_fn_code(through(routers[1]));
    runner = runner::connect_runner(through(routers[2]));
    logs = logs::connect_logs(through(routers[3]));
  }
};

using Act = std::function<Result<Nothing>(gateway::Gateway&, const Caller&)>;

const Act create = [](gateway::Gateway& gateway, const Caller& caller) -> Result<Nothing> {
  TRY(gateway.create_function(caller, {{"f"}, {"def main(): return 'canary-of-source'"}}));
  return Nothing{};
};
const Act remove = [](gateway::Gateway& gateway, const Caller& caller) {
  return gateway.delete_function(caller, {"f"});
};

/// Runs `act` in a process of its own that is killed at the given step; true when it got to its end
/// instead.
bool survives(const std::filesystem::path& folder, const Caller& caller, const Act& act, int step) {
  const pid_t child = ::fork();
  if (child == 0) {
    Kappa kappa(folder);
    Killer killer(step);
    const Deadly deadly(kappa, killer);
    const gateway::Removal removal(*deadly.data, *deadly.fn_code, *deadly.runner, *deadly.logs);
    const gateway::RelatedRepositories related(nullptr);
    const auto gateway =
        gateway::make_gateway({*deadly.data, *deadly.fn_code, *deadly.runner, *deadly.logs},
                              removal, related, kappa.clock, kappa.random);
    ::_exit(act(*gateway, caller) ? 0 : 3);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) {
    REQUIRE(WTERMSIG(status) == SIGKILL);
    return false;
  }
  REQUIRE(WEXITSTATUS(status) == 0);
  return true;
}

std::int64_t new_user(const std::filesystem::path& folder) {
  Kappa kappa(folder);
  REQUIRE(kappa.data->signup({{"ada"}, {"correct horse"}}));
  const auto session = kappa.data->login({"ada", "correct horse"});
  REQUIRE(session);
  return kappa.data->identify({session->token})->user_id;
}

/// After a restart: whether "f" exists; fails when it exists by half, or something of it is left
/// when it does not.
bool exists_wholly(const std::filesystem::path& folder, std::int64_t user_id) {
  Kappa kappa(folder);
  const gateway::Removal removal(*kappa.data, *kappa.fn_code, kappa.runner, *kappa.logs);
  REQUIRE(removal.sweep(0, [] { return false; }));
  CHECK(kappa.data->list_unsettled({0})->functions.empty());
  const auto function = kappa.data->find_function({user_id, "f"});
  const auto code = kappa.fn_code->list({});
  REQUIRE(code);
  if (!function) {
    CHECK(function.error().code == Code::not_found);
    CHECK(code->code.empty());
    return false;
  }
  REQUIRE(code->code.size() == 1);
  CHECK(code->code[0].code_id == *function->code_id);
  CHECK(kappa.fn_code->read({*function->code_id}));
  return true;
}

TEST_CASE(
    "a server killed between any two steps of creating a function leaves all of it or nothing") {
  TempDir dir;
  const Caller caller{new_user(dir.path()), "ada", ""};
  int killed = 0;
  for (int step = 1; step < 100; ++step) {
    CAPTURE(step);
    const bool survived = survives(dir.path(), caller, create, step);
    const bool exists = exists_wholly(dir.path(), caller.user_id);
    if (survived) CHECK(exists);
    if (exists) REQUIRE(survives(dir.path(), caller, remove, 1000));
    if (survived) break;
    ++killed;
  }
  CHECK(killed >= 8);  // before and after each of: reserve, store, load, publish
}

TEST_CASE(
    "a server killed between any two steps of deleting a function leaves all of it or nothing") {
  TempDir dir;
  const Caller caller{new_user(dir.path()), "ada", ""};
  int killed = 0;
  for (int step = 1; step < 100; ++step) {
    CAPTURE(step);
    if (!exists_wholly(dir.path(), caller.user_id))
      REQUIRE(survives(dir.path(), caller, create, 1000));
    const bool survived = survives(dir.path(), caller, remove, step);
    const bool exists = exists_wholly(dir.path(), caller.user_id);
    if (step > 3) CHECK_FALSE(exists);  // find, then remove: from there on there is no way back
    if (survived) break;
    ++killed;
  }
  CHECK(killed >=
        12);  // before and after each of: find, remove, unload, erase logs, release code, forget
}

}  // namespace
}  // namespace kappa::test
