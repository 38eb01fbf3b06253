// Each page is made where what it tells of is known.
#include "app/reference.hpp"

#include <cstdio>
#include <functional>
#include <map>

#include "app/config.hpp"
#include "data/http.hpp"
#include "fn_code/http.hpp"
#include "fn_logs/http.hpp"
#include "gateway/http.hpp"
#include "logs/http.hpp"
#include "runner/http.hpp"

namespace kappa::app {
namespace {

/// Every key as Markdown: what it means, its default, its variable.
std::string configuration_reference() {
  std::string out =
      "# Configuration\n\nMade from the program by `./dev reference`. A key is set in "
      "`kappa.toml`, by its environment\nvariable, or by its flag (`--runner.timeout_ms 5000`); "
      "the "
      "later of these wins. A list is JSON, or its items with commas\nbetween them. `kappa config "
      "show` says where each value comes from.\n";
  for (const Setting& setting : all_settings()) {
    out += "\n## " + setting.key + "\n\n" + explanation_of(setting.key) + "\n\nDefault `" +
           setting.default_value + "`; environment variable `" + environment_name(setting.key) +
           "`.\n";
  }
  return out;
}

/// A module's operations, as its adapter describes them.
template <class Mount, class Interface>
std::string operations_of(const std::string& module, const Mount& mount,
                          std::unique_ptr<Interface> never_asked) {
  rpc::Router router("Kappa " + module, KAPPA_VERSION);
  if (module != "gateway") router.describe_as_guarded();
  mount(router, *never_asked);
  return router.reference();
}

using Make = std::function<std::string()>;

const std::map<std::string_view, Make>& pages() {
  static const auto of_users = [](rpc::Router& router, gateway::Gateway& gateway) {
    gateway::mount_gateway(router, gateway, nullptr);
  };
  static const std::map<std::string_view, Make> all = {
      {"configuration", configuration_reference},
      {"operations",
       [] { return operations_of("gateway", of_users, gateway::connect_gateway(nullptr)); }},
      {"operations-data",
       [] { return operations_of("data", data::mount_data, data::connect_data(nullptr)); }},
      {"operations-fn_code",
       [] {
         return operations_of("fn_code", fn_code::mount_fn_code, fn_code::connect_fn_code(nullptr));
       }},
      {"operations-fn_logs",
       [] {
         return operations_of("fn_logs", fn_logs::mount_fn_logs, fn_logs::connect_fn_logs(nullptr));
       }},
      {"operations-logs",
       [] { return operations_of("logs", logs::mount_logs, logs::connect_logs(nullptr)); }},
      {"operations-runner",
       [] {
         return operations_of("runner", runner::mount_runner, runner::connect_runner(nullptr));
       }},
  };
  return all;
}

}  // namespace

int run_reference(std::string_view page) {
  const auto known = pages().find(page);
  if (known == pages().end()) {
    std::string names = "commands";
    for (const auto& [name, make] : pages()) names += ", " + std::string(name);
    std::fprintf(stderr, "error: expected one of %s\n", names.c_str());
    return 2;
  }
  const std::string text = known->second();
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace kappa::app
