// From the program's arguments to a command.
#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <clocale>
#include <cstdlib>

#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/prompt.hpp"
#include "cli/terminal.hpp"
#include "cli/tree.hpp"
#include "cli/walk.hpp"

namespace kappa {
namespace cli {
namespace {

Tried<int> run(const CLI::App& app, const Line& line, const Output& out) {
  if (line.alone) return line.alone(app, out);
  const Session session = TRY(Session::open(line.globals, out));
  return line.with_session(session);
}

Tried<int> parse_and_run(CLI::App& app, Line& line, const std::vector<std::string>& words,
                         const Output& out) {
  try {
    std::vector<std::string> backwards(words.rbegin(), words.rend());  // as CLI11 wants them
    app.parse(backwards);
  } catch (const CLI::ParseError& error) {
    return told_misuse(app, error);
  }
  return run(app, line, out);
}

int told(const Output& out, const Trouble& trouble) {
  out.trouble(trouble);
  return trouble.exit_code;
}

int main(CLI::App& app, Line& line, const std::vector<std::string>& words) {
  const Parted parted = part_line(app, words);
  line.rest = parted.rest;
  const Globals globals = globals_in(app, parted.kappa);
  if (globals.no_color) ::setenv("NO_COLOR", "1", 1);
  const auto format = format_of(globals.output);
  if (!format) return told(Output(Format::plain), format.error());
  const Output out(*format);
  try {
    const auto code = parse_and_run(app, line, parted.kappa, out);
    return code ? *code : told(out, code.error());
  } catch (const Interrupted&) {
    return exit_interrupted;
  }
}

}  // namespace
}  // namespace cli

int run_cli(int argc, char** argv, const cli::ServerSettings& server) {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // how wide a letter is
  const std::vector<std::string> words(argv + 1, argv + argc);
  CLI::App app("A function service of your own: upload Python functions, run them, read logs.",
               "kappa");
  cli::Line line;
  line.server = server;
  cli::add_commands(app, line);
  if (!words.empty() && words.front() == "__complete") {
    std::vector<cli::Candidate> flags;
    for (auto& [name, what] : server.flags()) flags.push_back({std::move(name), std::move(what)});
    for (const auto& found : cli::complete(app, {words.begin() + 1, words.end()}, flags))
      cli::print(found + "\n");
    return cli::exit_ok;
  }
  if (words == std::vector<std::string>{"__reference", "commands"}) {
    cli::print(cli::commands_reference(app));
    return cli::exit_ok;
  }
  return cli::main(app, line, words);
}

}  // namespace kappa
