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
#include "rpc/mount.hpp"
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

/// A module's operations as the router that serves them describes them.
template <class Interface>
std::string operations_of(const std::string& module, std::string_view text) {
  rpc::Router router("Kappa " + module, KAPPA_VERSION);
  if (module != "gateway") router.describe_as_guarded();
  rpc::describe<Interface>(router);
  router.explain(text);
  return router.reference();
}

using Make = std::function<std::string()>;

const std::map<std::string_view, Make>& pages() {
  static const std::map<std::string_view, Make> all = {
      {"configuration", configuration_reference},
      {"operations",
       [] { return operations_of<gateway::Gateway>("gateway", gateway::operations_md); }},
      {"operations-data", [] { return operations_of<data::Data>("data", data::operations_md); }},
      {"operations-fn_code",
       [] { return operations_of<fn_code::FnCode>("fn_code", fn_code::operations_md); }},
      {"operations-fn_logs",
       [] { return operations_of<fn_logs::FnLogs>("fn_logs", fn_logs::operations_md); }},
      {"operations-logs", [] { return operations_of<logs::Logs>("logs", logs::operations_md); }},
      {"operations-runner",
       [] { return operations_of<runner::Runner>("runner", runner::operations_md); }},
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
