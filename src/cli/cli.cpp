// The one file that includes CLI11: the tree of commands, and what is said about a line that does
// not fit.
#include "cli/cli.hpp"

#include <CLI/CLI.hpp>

#include "base/suggest.hpp"
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/prompt.hpp"
#include "cli/terminal.hpp"

namespace kappa {
namespace cli {
namespace {

constexpr auto default_server = "http://127.0.0.1:8010";

/// What the line said.
struct Line {
  std::string server = default_server;
  Login login;
  std::string name;
  std::string file;
  std::string exec_id;
};

void add_login_flags(CLI::App* command, Line& line) {
  command->add_option("--username", line.login.username, "Who you are, instead of being asked");
  command->add_flag("--password-stdin", line.login.password_stdin,
                    "Take the password from standard input");
}

void add_function_commands(CLI::App& app, Line& line) {
  auto* fn = app.add_subcommand("fn", "Create, run and delete functions")->require_subcommand(1);
  auto* create = fn->add_subcommand("create", "Create a function from a Python file");
  create->add_option("NAME", line.name, "1 to 64 letters, digits, '_' or '-'")->required();
  create
      ->add_option("FILE", line.file, "A Python file that defines main(), or - for standard input")
      ->required();
  auto* execute = fn->add_subcommand(
      "execute", "Run a function; every --key value behind NAME is an argument of it");
  execute->add_option("NAME", line.name, "The function")->required();
  auto* remove =
      fn->add_subcommand("delete", "Delete a function, its code and its logs; the bill stays");
  remove->add_option("NAME", line.name, "The function")->required();
}

void add_commands(CLI::App& app, Line& line) {
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "kappa " KAPPA_VERSION);
  app.add_option("--server", line.server, "Where Kappa is: http://HOST:PORT or unix:/PATH")
      ->envname("KAPPA_SERVER")
      ->capture_default_str();
  app.add_subcommand("serve", "Be the server; kappa serve --help says more");
  add_login_flags(app.add_subcommand("signup", "Make a user"), line);
  add_login_flags(app.add_subcommand("login", "Log in; later commands need no password"), line);
  app.add_subcommand("logout", "Log out: the login cannot be used any more");
  add_function_commands(app, line);
  auto* logs = app.add_subcommand("logs", "Read what functions printed and what became of them")
                   ->require_subcommand(1);
  logs->add_subcommand("fn", "A function's life")
      ->add_option("NAME", line.name, "The function")
      ->required();
  logs->add_subcommand("exec", "One execution's")
      ->add_option("ID", line.exec_id, "The execution, as fn execute told it")
      ->required();
  app.add_subcommand("bill", "How often each function ran");
}

/// The command that the line got to, and the words it could have gone on with.
const CLI::App* deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? &app : deepest(*chosen.front());
}

std::string nearest_word(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const auto* option : at->get_options()) names.push_back(option->get_name());
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return std::string(nearest(word, known));
}

int told_misuse(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
  const CLI::App* at = deepest(app);
  std::string reason = error.what();
  const auto rest = app.remaining(true);
  if (!rest.empty()) {
    reason = "'" + rest.front() + "' is no command or flag here";
    const std::string close = nearest_word(*at, rest.front());
    if (!close.empty()) reason += "\nDid you mean '" + close + "'?";
  }
  std::string path = at->get_name();
  for (const CLI::App* up = at->get_parent(); up != nullptr; up = up->get_parent())
    path = up->get_name() + " " + path;
  print_error(reason + "\nSee: " + path + " --help");
  return exit_usage;
}

int run(const CLI::App& app, const Line& line, const std::vector<std::string>& arguments) {
  Commands commands(line.server);
  if (app.got_subcommand("signup")) return commands.signup(line.login);
  if (app.got_subcommand("login")) return commands.login(line.login);
  if (app.got_subcommand("logout")) return commands.logout();
  if (app.got_subcommand("bill")) return commands.bill();
  const std::string group = app.get_subcommands().front()->get_name();
  const std::string command = deepest(app)->get_name();
  if (group == "logs")
    return command == "fn" ? commands.function_logs(line.name)
                           : commands.execution_logs(line.exec_id);
  if (command == "create") return commands.create_function(line.name, line.file);
  if (command == "delete") return commands.delete_function(line.name);
  return commands.execute_function(line.name, arguments);
}

}  // namespace
}  // namespace cli

int run_cli(int argc, char** argv) {
  const cli::Parted parted = cli::part_arguments({argv + 1, argv + argc});
  CLI::App app(
      "A function service of your own: upload Python functions, run them, read their logs.",
      "kappa");
  cli::Line line;
  cli::add_commands(app, line);
  try {
    std::vector<std::string> words(parted.kappa.rbegin(),
                                   parted.kappa.rend());  // CLI11 takes them from the end
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return cli::told_misuse(app, error);
  }
  try {
    return cli::run(app, line, parted.function);
  } catch (const cli::Interrupted&) {
    return cli::exit_interrupted;
  }
}

}  // namespace kappa
