// Who asks whom: the API asks data, fn_code, logs and the runner; the runner data, fn_code and
// fn_logs; logs data and fn_logs.
#include "app/places.hpp"

#include "rpc/record.hpp"

namespace kappa::app {
namespace {

bool is_own(bool needed, const ModuleConfig& at) { return needed && at.url.empty(); }
bool is_exposed(const ModuleConfig& at) { return !at.expose.empty(); }

template <class Use>
void for_each_module(const ModulesConfig& modules, const Use& use) {
  boost::mp11::mp_for_each<Members<ModulesConfig>>(
      [&](auto member) { use(std::string(member.name), modules.*member.pointer); });
}

std::string article(Role role) {
  return "role \"" + std::string(rpc::Codec<Role>::name(role)) + "\" ";
}

}  // namespace

Needs needs_of(const Config& config) {
  const ModulesConfig& at = config.modules;
  Needs needs;
  needs.api = !config.listen.empty() && config.role != Role::runner;
  needs.runner = needs.api || is_exposed(at.runner) || config.role == Role::runner;
  needs.logs = needs.api || is_exposed(at.logs);
  const bool runner = is_own(needs.runner, at.runner);
  const bool logs = is_own(needs.logs, at.logs);
  needs.data = needs.api || runner || logs || is_exposed(at.data);
  needs.fn_code = needs.api || runner || is_exposed(at.fn_code);
  needs.fn_logs = runner || logs || is_exposed(at.fn_logs);
  return needs;
}

std::vector<Fault> misplaced_modules(const Config& config) {
  std::vector<Fault> faults;
  const ModulesConfig& at = config.modules;
  for_each_module(at, [&](const std::string& name, const ModuleConfig& module) {
    const std::string key = "modules." + name;
    const bool is_runner = name == "runner";
    if (config.role == Role::runner && !is_runner) {
      if (is_exposed(module))
        faults.push_back({key + ".expose", article(config.role) + "has no module but the runner"});
      if (module.url.empty() && name != "logs")
        faults.push_back(
            {key + ".url", article(config.role) + "needs it: where control serves it"});
    }
    if (is_runner && config.role == Role::control && module.url.empty())
      faults.push_back({key + ".url", article(config.role) + "needs it: where the runners are"});
    if (is_runner && config.role == Role::runner && !is_exposed(module))
      faults.push_back(
          {key + ".expose", article(config.role) + "needs it: where control reaches it"});
    if (is_exposed(module) && !module.url.empty())
      faults.push_back({key + ".expose", "the module is elsewhere, at its url, which exposes it"});
  });
  const Needs needs = needs_of(config);
  if (!needs.data && !needs.fn_code && !needs.fn_logs)
    faults.push_back({"listen", "nothing would be served; give an address, or expose a module"});
  return faults;
}

int default_port(std::string_view module) {
  int port = 8010;
  int next = 8020;
  for_each_module({}, [&](const std::string& name, const ModuleConfig&) {
    if (name == module) port = next;
    next += 10;
  });
  return port;
}

std::string with_port(const std::string& address, int port) {
  if (address.starts_with("unix:")) return address;
  const std::size_t scheme = address.find("://");
  const std::size_t host = scheme == address.npos ? 0 : scheme + 3;
  const std::size_t bracket = address.find(']', host);
  const std::size_t colon = address.find(':', bracket == address.npos ? host : bracket);
  return colon == address.npos ? address + ":" + std::to_string(port) : address;
}

}  // namespace kappa::app
