// One screen a group.
#include "cli/tree.hpp"

#include <CLI/CLI.hpp>
#include <charconv>

#include "cli/config_commands.hpp"
#include "cli/doctor.hpp"
#include "cli/help.hpp"
#include "cli/profile_commands.hpp"
#include "cli/replay_command.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {

extern const std::string_view completion_bash;  // made from completion/ by cmake/embed.cmake
extern const std::string_view completion_zsh;
extern const std::string_view completion_fish;

namespace {

using Run = std::function<Tried<int>(const Session&)>;

/// CLI11's help, with descriptions wrapped at word ends to 80 columns.
class Wrapping final : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    return row(make_option_name(option, is_positional) + make_option_opts(option),
               make_option_desc(option));
  }
  std::string make_subcommand(const CLI::App* command) const override {
    return row(command->get_display_name(), command->get_description());
  }

 private:
  static std::string row(const std::string& name, std::string what) {
    constexpr std::size_t column = 30, width = 80;
    std::string out = "  " + name;
    bool fits = out.size() + 1 < column;
    while (!what.empty()) {
      std::size_t end =
          what.size() <= width - column ? what.size() : what.rfind(' ', width - column);
      if (end == what.npos) end = what.size();
      out += fits ? std::string(column - out.substr(out.rfind('\n') + 1).size(), ' ')
                  : "\n" + std::string(column, ' ');
      out += what.substr(0, end);
      what.erase(0, end + 1);
      fits = false;
    }
    return out + "\n";
  }
};

/// A command that talks to a server.
CLI::App* add(CLI::App* to, Line& line, const char* name, const char* help, Run run) {
  auto* command = to->add_subcommand(name, help);
  command->callback([&line, run = std::move(run)] { line.with_session = run; });
  return command;
}

/// A command that talks to none.
CLI::App* add_alone(CLI::App* to, Line& line, const char* name, const char* help,
                    std::function<Tried<int>(const CLI::App&, const Output&)> run) {
  auto* command = to->add_subcommand(name, help);
  command->callback([&line, run = std::move(run)] { line.alone = run; });
  return command;
}

/// Numbers from `least` to `most`.
CLI::Validator counts(std::int64_t least, std::int64_t most) {
  return {[least, most](std::string& text) -> std::string {
            std::int64_t value = 0;
            const char* end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            if (error == std::errc() && stop == end && value >= least && value <= most) return "";
            return "expected a number from " + std::to_string(least) + " to " +
                   std::to_string(most) + ", got '" + text + "'";
          },
          ""};
}

/// A value that a script's empty variable leaves out would name nothing.
CLI::Option* not_empty(CLI::Option* option) {
  return option->required()->check(CLI::Validator(
      [](std::string& text) { return std::string(text.empty() ? "is empty" : ""); }, ""));
}

CLI::App* group(CLI::App& app, const char* name, const char* help) {
  return app.add_subcommand(name, help)->require_subcommand(1);
}

void takes_function(CLI::App* command, Line& line) {
  not_empty(command->add_option("NAME", line.name, "The function"));
}

void add_accounts(CLI::App& app, Line& line) {
  auto* up = add(&app, line, "signup", "Make a user",
                 [&line](const Session& s) { return signup(s, line.login); });
  auto* in = add(&app, line, "login", "Log in; later commands need no password",
                 [&line](const Session& s) { return login(s, line.login); });
  for (auto* command : {up, in}) {
    command->add_option("--username", line.login.username, "Who you are, instead of being asked")
        ->type_name("USERNAME");
    command->add_flag("--password-stdin", line.login.password_stdin,
                      "Take the password from standard input");
  }
  add(&app, line, "logout", "Log out: the login cannot be used any more", logout);
  add(&app, line, "whoami", "Say who is logged in", whoami);
  add(&app, line, "passwd", "Change the password, and end every other login",
      [&line](const Session& s) { return change_password(s, line.login.password_stdin); })
      ->add_flag("--password-stdin", line.login.password_stdin,
                 "Take the present and the new password from standard input, a line each");
}

void add_functions(CLI::App& app, Line& line) {
  auto* fn = group(app, "fn", "Create, list, show, run and delete functions");
  auto* create =
      add(fn, line, "create", "Create a function from a Python file", [&line](const Session& s) {
        return create_function(s, line.name, line.file, line.settings);
      });
  not_empty(create->add_option("NAME", line.name, "1 to 64 letters, digits, '_' or '-'"));
  not_empty(create->add_option("FILE", line.file,
                               "A Python file that defines main(), or - for standard input"));
  add_settings_flags(*create, line.settings);
  auto* set = add(fn, line, "set", "Change how a function runs: its network, state and limits",
                  [&line](const Session& s) { return set_function(s, line.name, line.settings); });
  takes_function(set, line);
  add_settings_flags(*set, line.settings);
  set->add_option("--default", line.settings.defaults,
                  "A setting, like memory_mb, to be left to the server; repeat it")
      ->type_name("SETTING")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add(fn, line, "list", "List your functions",
      [&line](const Session& s) { return list_functions(s, line.list); })
      ->add_option("--limit", line.list.limit, "No more than so many; all without it")
      ->type_name("COUNT")
      ->check(counts(1, 1'000'000));
  auto* show = add(fn, line, "show", "Show a function: its parameters and settings, or its source",
                   [&line](const Session& s) { return show_function(s, line.name, line.code); });
  takes_function(show, line);
  show->add_flag("--code", line.code, "Its source alone");
  takes_function(
      add(fn, line, "execute", "Run a function; every --key value behind NAME is an argument of it",
          [&line](const Session& s) { return execute_function(s, line.name, line.rest); }),
      line);
  auto* remove =
      add(fn, line, "delete", "Delete a function, its code and its logs; the bill stays",
          [&line](const Session& s) { return delete_function(s, line.name, line.sure); });
  takes_function(remove, line);
  remove->add_flag("-y,--yes", line.sure, "Do not ask");
}

void add_invoke(CLI::App& app, Line& line) {
  auto* invoke = add(
      &app, line, "invoke", "Run a function: its result on stdout, its logs and a report on stderr",
      [&line](const Session& s) { return invoke_function(s, line.name, line.invoke); });
  takes_function(invoke, line);
  invoke->add_option("--arg", line.invoke.args, "An argument: KEY=TEXT, or KEY:=JSON; repeat it")
      ->type_name("KEY=TEXT")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  invoke->add_option("-d,--data", line.invoke.data, "All arguments as one JSON object")
      ->type_name("JSON");
  invoke
      ->add_option("-f,--file", line.invoke.file,
                   "A file with that object, or - for standard input")
      ->type_name("FILE");
  invoke->add_flag("-q,--quiet", line.invoke.quiet, "Neither what it printed nor the report");
}

void add_executions(CLI::App& app, Line& line) {
  auto* exec = group(app, "exec", "What ran, how it ended and what it used");
  auto* list = add(exec, line, "list", "List executions, newest first",
                   [&line](const Session& s) { return list_executions(s, line.executions); });
  list->add_option("--fn", line.executions.fn_name, "Only this function's")->type_name("NAME");
  list->add_option("--verdict", line.executions.verdict, "Only those that ended with this verdict")
      ->type_name("VERDICT");
  list->add_flag("--running", line.executions.running, "Only those that have not ended");
  list->add_option("--before", line.executions.before, "Older than this one: the next page")
      ->type_name("ID");
  list->add_option("--limit", line.executions.limit,
                   "So many, 1 to 1000; with --all so many at a time")
      ->type_name("COUNT")
      ->check(counts(1, 1000))
      ->capture_default_str();
  list->add_flag("--all", line.executions.all, "All of them, page after page");
  not_empty(add(exec, line, "show", "Show one execution", [&line](const Session& s) {
              return show_execution(s, line.exec_id);
            })->add_option("ID", line.exec_id, "The execution"));
  not_empty(add(exec, line, "cancel", "Stop an execution that runs", [&line](const Session& s) {
              return cancel_execution(s, line.exec_id);
            })->add_option("ID", line.exec_id, "The execution"));
  auto* replay = add(
      &app, line, "replay", "Run a function again with an execution's input, and compare",
      [&line](const Session& s) { return replay_execution(s, line.exec_id, line.invoke.quiet); });
  not_empty(replay->add_option("ID", line.exec_id, "The execution"));
  replay->add_flag("-q,--quiet", line.invoke.quiet, "Neither what it printed nor the report");
}

/// Without these flags logs are as the original shows them.
void add_line_flags(CLI::App* command, LineFlags& lines) {
  command->add_flag("-f,--follow", lines.follow, "Go on with what comes, until Ctrl-C");
  command->add_option("-n,--lines", lines.count, "Line by line, the newest so many")
      ->type_name("COUNT")
      ->check(counts(1, 1'000'000));
  command->add_option("--since", lines.since, "Lines from then on: 90s, 10m, 2h, 3d, or a time")
      ->type_name("TIME");
  command->add_option("--until", lines.until, "Lines before then")->type_name("TIME");
  command->add_option("--grep", lines.grep, "Lines that hold this text, letter by letter")
      ->type_name("TEXT");
  command->add_option("--stream", lines.stream, "Lines of one: stdout, stderr or platform")
      ->type_name("STREAM");
}

void add_logs(CLI::App& app, Line& line) {
  auto* logs = group(app, "logs", "Read what functions printed and what became of them");
  auto* of_function = add(logs, line, "fn", "A function's life", [&line](const Session& s) {
    return line.lines.given() ? function_lines(s, line.name, line.lines)
                              : function_logs(s, line.name, line.log_lines);
  });
  takes_function(of_function, line);
  add_line_flags(of_function, line.lines);
  of_function->add_option("--limit", line.log_lines, "The newest so many lines, 1 to 1000")
      ->type_name("COUNT")
      ->check(counts(1, 1000))
      ->capture_default_str();
  auto* of_execution = add(logs, line, "exec", "One execution's", [&line](const Session& s) {
    return line.lines.given() ? execution_lines(s, line.exec_id, line.lines)
                              : execution_logs(s, line.exec_id);
  });
  not_empty(of_execution->add_option("ID", line.exec_id, "The execution, as fn execute told it"));
  add_line_flags(of_execution, line.lines);
}

void add_bill(CLI::App& app, Line& line) {
  auto* bill = add(&app, line, "bill", "How often each function ran, or what a month cost",
                   [&line](const Session& s) { return show_bill(s, line.bill); });
  auto* month =
      bill->add_option(
              "--month", line.bill.month,
              "What this month used and cost, like 2026-11; without a value the present one")
          ->type_name("[MONTH]")
          ->expected(0, 1);
  bill->parse_complete_callback([&line, month] { line.bill.of_month = month->count() > 0; });
  bill->add_flag("--daily", line.bill.daily, "A line for each day of a function");
  auto* budget = group(app, "budget", "What a month may cost: calls beyond it are refused");
  add(budget, line, "show", "Show it, and what this month has cost", show_budget);
  not_empty(add(budget, line, "set", "Set it", [&line](const Session& s) {
              return set_budget(s, line.amount);
            })->add_option("AMOUNT", line.amount, "What a month may cost, like 12.50"));
  add(budget, line, "clear", "Leave it to the server", clear_budget);
}

/// Commands about profiles need an Output, and no server.
void add_profiles(CLI::App& app, Line& line) {
  auto* profile = group(app, "profile", "Keep several servers, each under a name");
  const auto add_one = [&](const char* name, const char* help,
                           std::function<Tried<int>(const Output&)> run) {
    return add_alone(
        profile, line, name, help,
        [run = std::move(run)](const CLI::App&, const Output& out) { return run(out); });
  };
  add_one("list", "List them", list_profiles);
  auto* made = add_one("add", "Make one, or change its server",
                       [&line](const Output& o) { return add_profile(o, line.profile, line.url); });
  auto* used = add_one("use", "Use one from now on",
                       [&line](const Output& o) { return use_profile(o, line.profile); });
  auto* removed = add_one("remove", "Forget one, and its login",
                          [&line](const Output& o) { return remove_profile(o, line.profile); });
  for (auto* command : {made, used, removed})
    not_empty(command->add_option("PROFILE", line.profile, "Its name"));
  not_empty(made->add_option("URL", line.url,
                             "Its server: http://HOST:PORT, https://HOST or unix:/PATH"));
}

Tried<int> print_text(std::string_view text) {
  print(text);
  return exit_ok;
}

/// A command that takes kappa serve's flags, whatever they are.
void add_config(CLI::App* to, Line& line, const char* name, const char* help,
                Tried<int> (*run)(const Output&, const ServerSettings&,
                                  const std::vector<std::string>&)) {
  add_alone(to, line, name, help, [&line, run](const CLI::App&, const Output& out) {
    return run(out, line.server, line.rest);
  });
}

void add_own(CLI::App& app, Line& line) {
  // It comes here only behind flags: the program serves before it looks at any.
  add_alone(&app, line, "serve", "Be the server; kappa serve --help says more",
            [](const CLI::App&, const Output&) -> Tried<int> {
              return Trouble::misuse("flags before 'serve' mean nothing to it",
                                     "it takes the server's own flags, which go behind",
                                     "kappa serve --help");
            });
  auto* config = group(app, "config", "Look at a server's configuration");
  add_config(config, line, "check",
             "Say whether it fits, and where it does not; takes the flags of kappa serve",
             check_config);
  add_config(config, line, "show",
             "Say every key's value, and where it comes from; takes the flags of kappa serve",
             show_config);
  auto* looked = add(&app, line, "doctor",
                     "Look at everything between this program and a running function", doctor);
  auto* data =
      looked->add_option("--data", line.folder.data, "Look at this data folder's databases instead")
          ->type_name("FOLDER");
  looked
      ->add_flag("--thorough", line.folder.thorough,
                 "With --data: hold every index against its table, too; takes longer")
      ->needs(data);
  looked->callback([&line] {
    if (line.folder.data.empty()) return void(line.with_session = doctor);
    line.alone = [&line](const CLI::App&, const Output& out) {
      return doctor_of_folder(out, line.folder);
    };
  });
  auto* completion = group(app, "completion", "Print a script that completes kappa's commands");
  add_alone(completion, line, "bash", "source <(kappa completion bash)",
            [](const CLI::App&, const Output&) { return print_text(completion_bash); });
  add_alone(completion, line, "zsh", "source <(kappa completion zsh)",
            [](const CLI::App&, const Output&) { return print_text(completion_zsh); });
  add_alone(completion, line, "fish", "kappa completion fish | source",
            [](const CLI::App&, const Output&) { return print_text(completion_fish); });
  add_alone(&app, line, "help", "Say more about a command, or about exit-codes",
            [&line](const CLI::App& root, const Output&) { return help(root, line.words); })
      ->add_option("COMMAND", line.words, "The command's words, or exit-codes");
}

}  // namespace

void add_commands(CLI::App& app, Line& line) {
  app.footer(
      "Every command takes --server, --profile, --output, --timeout and --no-color, as\n"
      "kappa --help has them; how kappa ends is in: kappa help exit-codes");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.formatter(std::make_shared<Wrapping>());
  app.require_subcommand(1);
  app.fallthrough();
  app.set_help_flag("-h,--help", "Say how it is used");
  app.get_formatter()->label("TEXT", "");
  app.get_formatter()->label("REQUIRED", "");
  app.set_version_flag("--version", "kappa " KAPPA_VERSION, "Say which version this is");
  app.add_option("--server", line.globals.server,
                 "Where Kappa is: http://HOST:PORT, https://HOST or unix:/PATH (KAPPA_SERVER)")
      ->type_name("URL");
  app.add_option("--profile", line.globals.profile, "The named server to use (KAPPA_PROFILE)")
      ->type_name("PROFILE");
  app.add_option(
         "-o,--output", line.globals.output,
         "table, plain, json, ndjson or csv (KAPPA_OUTPUT); a table at a terminal, else plain")
      ->type_name("FORMAT");
  app.add_option("--timeout", line.globals.timeout_s,
                 "Seconds to wait for an answer; 60 without it")
      ->type_name("SECONDS")
      ->check(counts(1, 86'400));
  app.add_flag("--no-color", line.globals.no_color, "No colours (NO_COLOR)");
  add_accounts(app, line);
  add_functions(app, line);
  add_invoke(app, line);
  add_executions(app, line);
  add_logs(app, line);
  add_bill(app, line);
  add_profiles(app, line);
  add_export_commands(app, line);
  add_folder_commands(app, line);
  add_own(app, line);
}

}  // namespace kappa::cli
