// The same prices and limits, as objects here and as flags there.
#include "contract/apart.hpp"

#include "gateway/http.hpp"
#include "rpc/record.hpp"
#include "runner/http.hpp"

namespace kappa::test {
namespace {

constexpr std::int64_t time_ms = 2000;

std::vector<std::string> flags_of(const data::BillOptions& bill) {
  std::vector<std::string> flags;
  boost::mp11::mp_for_each<Members<data::BillOptions>>([&](auto member) {
    const std::string json = rpc::write_json(bill.*member.pointer);
    const rpc::JsonView view(json);
    flags.push_back(std::string("--bill.") + member.name);
    flags.push_back(view.kind() == rpc::JsonKind::string ? view.string() : json);
  });
  return flags;
}

}  // namespace

World::World(Way way, const data::BillOptions& bill) {
  if (way != Way::six_processes) {
    data.reset();
    data = data::open_data(dir.path() / "data.db", clock, random, bill);
    logs = logs::make_logs(*data, *fn_logs);
    return;
  }
  const std::string time = std::to_string(time_ms);
  processes.emplace(SixProcesses::Flags{
      {"data", flags_of(bill)},
      {"runner", {"--runner.timeout_ms", time, "--runner.load_timeout_ms", time}},
  });
  data = data::connect_data(processes->reach("data"));
  fn_code = fn_code::connect_fn_code(processes->reach("fn_code"));
  fn_logs = fn_logs::connect_fn_logs(processes->reach("fn_logs"));
  logs = logs::connect_logs(processes->reach("logs"));
}

Service::Service(World& world) {
  if (world.processes) {
    runner = runner::connect_runner(world.processes->reach("runner"));
    gateway = gateway::connect_gateway(world.processes->gateway().transport());
    return;
  }
  runner::RunnerOptions options;
  options.timeout_ms = options.load_timeout_ms = time_ms;
  runner = runner::open_runner(options, {KAPPA_PROGRAM, world.dir.path()}, *world.data,
                               *world.fn_code, *world.fn_logs, world.clock, world.random);
  removal.emplace(*world.data, *world.fn_code, *runner, *world.logs);
  gateway = gateway::make_gateway({*world.data, *world.fn_code, *runner, *world.logs}, *removal,
                                  related, world.clock, world.random);
}

}  // namespace kappa::test
