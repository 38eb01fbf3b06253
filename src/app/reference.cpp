// Each page is made where what it tells of is known.
#include "app/reference.hpp"

#include <cstdio>

#include "app/config_command.hpp"
#include "gateway/http.hpp"

namespace kappa::app {
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
