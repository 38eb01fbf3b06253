// The program's entry: a function's process, the server, or the command line.
#include <cstdio>
#include <exception>
#include <string_view>

#include "app/serve.hpp"
#include "cli/cli.hpp"
#include "runner/runner.hpp"

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "__zygote") return kappa::runner::run_template();
  try {
    return command == "serve" ? kappa::app::run_serve(argc, argv) : kappa::run_cli(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kappa: %s\n", error.what());
    return 1;
  }
}
