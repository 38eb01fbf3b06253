// Which modules a process has, by what its configuration says.
#include "app/places.hpp"

#include <doctest/doctest.h>

namespace kappa::app {
namespace {

std::vector<std::string> keys_of(const std::vector<Fault>& faults) {
  std::vector<std::string> keys;
  for (const Fault& fault : faults) keys.push_back(fault.at);
  return keys;
}

using Keys = std::vector<std::string>;

TEST_CASE("by default everything is in one process") {
  const Config config;
  const Needs needs = needs_of(config);
  CHECK((needs.api && needs.data && needs.fn_code && needs.fn_logs && needs.logs && needs.runner));
  CHECK(misplaced_modules(config).empty());
}

TEST_CASE("a module that is exposed brings along only what it asks") {
  Config config;
  config.listen = "";
  config.modules.logs.expose = "127.0.0.1";
  const Needs needs = needs_of(config);
  CHECK((needs.logs && needs.data && needs.fn_logs));
  CHECK_FALSE((needs.api || needs.runner || needs.fn_code));
  config.modules.data.url = config.modules.fn_logs.url = "unix:/run/a.sock";
  CHECK(misplaced_modules(config).empty());
}

TEST_CASE("a module at its url is asked, and what only that needed is not") {
  Config config;
  config.modules.logs.url = config.modules.runner.url = "unix:/run/a.sock";
  const Needs needs = needs_of(config);
  CHECK((needs.api && needs.data && needs.fn_code && needs.logs && needs.runner));
  CHECK_FALSE(needs.fn_logs);
}

TEST_CASE("a role says what it lacks") {
  Config config;
  config.role = Role::control;
  CHECK(keys_of(misplaced_modules(config)) == Keys{"modules.runner.url"});
  config.role = Role::runner;
  CHECK(keys_of(misplaced_modules(config)) == Keys{"modules.data.url", "modules.fn_code.url",
                                                   "modules.fn_logs.url", "modules.runner.expose"});
  config.modules.data.url = config.modules.fn_code.url = config.modules.fn_logs.url =
      "http://127.0.0.1:8020";
  config.modules.runner.expose = "127.0.0.1";
  CHECK(misplaced_modules(config).empty());
  CHECK_FALSE(needs_of(config).api);
  config.modules.logs.expose = "127.0.0.1";
  CHECK(keys_of(misplaced_modules(config)) == Keys{"modules.logs.expose"});
}

TEST_CASE("a module is at one place, and something must be served") {
  Config config;
  config.modules.data = {"unix:/run/a.sock", "127.0.0.1", ""};
  CHECK(keys_of(misplaced_modules(config)) == Keys{"modules.data.expose"});
  Config silent;
  silent.listen = "";
  CHECK(keys_of(misplaced_modules(silent)) == Keys{"listen"});
}

TEST_CASE("a module's port is the original's where none is said") {
  CHECK(default_port("data") == 8020);
  CHECK(default_port("fn_code") == 8030);
  CHECK(default_port("runner") == 8060);
  CHECK(with_port("127.0.0.1", 8020) == "127.0.0.1:8020");
  CHECK(with_port("127.0.0.1:9", 8020) == "127.0.0.1:9");
  CHECK(with_port("[::1]", 8020) == "[::1]:8020");
  CHECK(with_port("[::1]:9", 8020) == "[::1]:9");
  CHECK(with_port("http://host", 8020) == "http://host:8020");
  CHECK(with_port("unix:/run/a.sock", 8020) == "unix:/run/a.sock");
}

}  // namespace
}  // namespace kappa::app
