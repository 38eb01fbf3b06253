// From the program's arguments to a command.
#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <clocale>

#include "cli/arguments.hpp"
#include "cli/exit_codes.hpp"
#include "cli/prompt.hpp"
#include "cli/terminal.hpp"
#include "cli/tree.hpp"
#include "cli/walk.hpp"

namespace kappa {
namespace cli {
namespace {

int run(const CLI::App& app, Line& line) {
  if (line.alone) return line.alone(app);
  if (!line.with_session) return exit_usage;
  const auto session = Session::open(line.globals);
  if (session) return line.with_session(*session);
  print_error(trouble_of(session.error()).text());
  return exit_code_of(session.error());
}

}  // namespace
}  // namespace cli

int run_cli(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // how wide a letter is
  const std::vector<std::string> all(argv + 1, argv + argc);
  CLI::App app(
      "A function service of your own: upload Python functions, run them, read their logs.",
      "kappa");
  cli::Line line;
  cli::add_commands(app, line);
  if (!all.empty() && all.front() == "__complete") {
    for (const std::string& found : cli::complete(app, {all.begin() + 1, all.end()}))
      cli::print(found + "\n");
    return cli::exit_ok;
  }
  if (all == std::vector<std::string>{"__reference", "commands"}) {
    cli::print(cli::commands_reference(app));
    return cli::exit_ok;
  }
  const cli::Parted parted = cli::part_arguments(all);
  line.function_arguments = parted.function;
  try {
    std::vector<std::string> words(parted.kappa.rbegin(),
                                   parted.kappa.rend());  // CLI11 takes them from the end
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return cli::told_misuse(app, error);
  }
  try {
    return cli::run(app, line);
  } catch (const cli::Interrupted&) {
    return cli::exit_interrupted;
  }
}

}  // namespace kappa
