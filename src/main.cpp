// The program's entry: a function's process, the server, or the command line.
#include <cstdio>
#include <exception>
#include <string_view>

#include "app/config_command.hpp"
#include "app/reference.hpp"
#include "app/serve.hpp"
#include "cli/cli.hpp"
#include "runner/runner.hpp"

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "__zygote") return kappa::runner::run_template();
  try {
    if (command == "serve") return kappa::app::run_serve(argc, argv);
    if (command == "config") return kappa::app::run_config(argc, argv);
    if (command == "__reference" && argc == 3 && std::string_view(argv[2]) != "commands")
      return kappa::app::run_reference(argv[2]);
    return kappa::run_cli(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kappa: %s\n", error.what());
    return 1;
  }
}
