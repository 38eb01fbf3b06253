// Each page is made where what it tells of is known.
#include "app/reference.hpp"

#include <cstdio>

#include "app/config.hpp"
#include "gateway/http.hpp"

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

}  // namespace

int run_reference(std::string_view page) {
  if (page != "configuration" && page != "operations") {
    std::fprintf(stderr, "error: expected commands, configuration or operations\n");
    return 2;
  }
  const std::string text =
      page == "configuration" ? configuration_reference() : gateway::operations_reference();
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace kappa::app
