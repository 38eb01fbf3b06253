// In the original command line's words where it had the command.
#include "cli/function_commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "base/read_file.hpp"
#include "cli/arguments.hpp"
#include "cli/layout.hpp"
#include "cli/prompt.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

/// The text of a Python file, or of standard input, as JSON can carry it.
Tried<std::string> source_of(const std::string& file) {
  const bool piped = file == "-";
  auto text = piped ? read_to_end(STDIN_FILENO) : read_file(file);
  const std::string name = piped ? "standard input" : "file '" + file + "'";
  if (!text) {
    return Trouble::misuse(name + " cannot be read", text.error().detail,
                           "name a Python file, or - for standard input");
  }
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // Python passes over it as well
  if (text->starts_with(byte_order_mark)) text->erase(0, byte_order_mark.size());
  if (rpc::json_fault(rpc::json_string(*text)))
    return Trouble::misuse(name + " is not UTF-8", "a function's source is a text", "convert it");
  return *std::move(text);
}

/// All pages, or as many functions as are wanted.
Tried<gateway::FunctionPage> all_functions(const Session& session, std::int64_t limit) {
  gateway::FunctionPage all;
  do {
    const std::int64_t left = limit - std::ssize(all.functions);
    gateway::ListFunctions ask{all.next, {}};
    if (limit > 0) ask.limit = std::min<std::int64_t>(left, 1000);
    auto page = TRY(session.ask("Listing functions", [&](auto& gateway, const Caller& who) {
      return gateway.list_functions(who, ask);
    }));
    for (auto& function : page.functions) all.functions.push_back(std::move(function));
    all.next = std::move(page.next);
  } while (all.next && (limit == 0 || std::ssize(all.functions) < limit));
  return all;
}

std::string signature_of(const gateway::Function& function) {
  std::string text;
  for (const auto& parameter : function.parameters)
    text += (text.empty() ? "" : ", ") + parameter.name + (parameter.required ? "" : "=…");
  if (function.takes_any) text += text.empty() ? "**any" : ", **any";
  return text.empty() ? "main()" : "main(*, " + text + ")";
}

void print_facts(const Session& session, const gateway::Function& function) {
  std::vector<std::vector<std::string>> facts = {{"name", function.name},
                                                 {"signature", signature_of(function)},
                                                 {"version", std::to_string(function.version)},
                                                 {"created", moment(function.created_at) + " UTC"},
                                                 {"code", function.code_id.value}};
  for (auto& fact : facts_of(function.settings, function.in_force))
    facts.push_back(std::move(fact));
  session.out().facts(std::move(facts), function);
}

/// Whether a person said yes to it.
Tried<bool> agreed(const std::string& question) {
  if (!is_terminal(STDIN_FILENO))
    return Trouble::misuse("nothing is deleted unasked", "there is no terminal to ask at",
                           "say yes beforehand with -y");
  std::string answer = TRY(ask(question + " [y/N]"));
  std::transform(answer.begin(), answer.end(), answer.begin(), ::tolower);
  return answer == "y" || answer == "yes";
}

}  // namespace

Tried<int> create_function(const Session& session, const std::string& name, const std::string& file,
                           const SettingsFlags& flags) {
  const auto settings = TRY(changed({}, flags));
  const auto source = TRY(source_of(file));
  const auto created =
      TRY(session.ask("Creating function " + name, [&](auto& gateway, const Caller& who) {
        return gateway.create_function(who, {{name}, {source}, settings});
      }));
  std::string text = "Function " + name + " created\n";
  if (!created.related.text.empty()) text += created.related.text + "\n";
  for (const std::string& repo : created.related.repos) text += repo + "\n";
  session.out().one(text, created);
  return exit_ok;
}

Tried<int> list_functions(const Session& session, const ListFlags& flags) {
  const auto page = TRY(all_functions(session, flags.limit));
  Table table{{{"NAME"}, {"VERSION", true}, {"EXECUTIONS", true}, {"CREATED (UTC)"}}, {}};
  for (const auto& function : page.functions) {
    table.rows.push_back({function.name, std::to_string(function.version),
                          std::to_string(function.executions), moment(function.created_at)});
  }
  if (page.functions.empty() && session.out().for_people()) {
    note("no functions yet; make one with: kappa fn create NAME FILE");
    return exit_ok;
  }
  session.out().list(table, page, page.functions);
  if (page.next && session.out().for_people()) note("there are more: leave --limit out for all");
  return exit_ok;
}

Tried<int> show_function(const Session& session, const std::string& name, bool code) {
  const std::string doing = "Looking at function " + name;
  if (code) {
    const auto source = TRY(session.ask(
        doing, [&](auto& gateway, const Caller& who) { return gateway.get_code(who, {name}); },
        name));
    session.out().one(source.code.value, source);
    return exit_ok;
  }
  const auto function = TRY(session.ask(
      doing, [&](auto& gateway, const Caller& who) { return gateway.get_function(who, {name}); },
      name));
  print_facts(session, function);
  return exit_ok;
}

Tried<int> set_function(const Session& session, const std::string& name,
                        const SettingsFlags& flags) {
  if (flags.given.empty() && flags.defaults.empty()) {
    return Trouble::misuse("nothing to set", "no setting is named",
                           "kappa fn set --help lists them; kappa fn show NAME shows them");
  }
  const auto before = TRY(session.ask(
      "Looking at function " + name,
      [&](auto& gateway, const Caller& who) { return gateway.get_function(who, {name}); }, name));
  const auto settings = TRY(changed(before.settings, flags));
  const auto after = TRY(session.ask(
      "Setting function " + name,
      [&](auto& gateway, const Caller& who) {
        return gateway.configure_function(who, {name, {settings}});
      },
      name));
  print_facts(session, after);
  return exit_ok;
}

Tried<int> execute_function(const Session& session, const std::string& name,
                            const std::vector<std::string>& words) {
  const auto arguments = TRY(function_arguments(words));
  const auto executed = TRY(session.ask(
      "Executing function " + name,
      [&](auto& gateway, const Caller& who) {
        return gateway.execute_function(who, {name, {arguments}});
      },
      name));
  const std::string logs = "kappa logs exec " + to_text(executed.exec_id);
  if (session.out().json()) {
    session.out().write_json_text(rpc::write_json(executed));
  } else if (executed.verdict == Verdict::ok) {
    print("Function '" + name + "' executed with output:\n" + indented(executed.output.text) +
          "\n\nSee its logs with: " + logs + "\n\n");
  } else {
    print_error("function '" + name + "' failed: " + executed.error.value_or("") + "\n" +
                executed.traceback.value_or("") + "  try: " + logs + "\n");
  }
  return executed.verdict == Verdict::ok ? exit_ok : exit_failed;
}

Tried<int> delete_function(const Session& session, const std::string& name, bool sure) {
  if (!sure) {
    // Whoever is asked should know that there is something to delete.
    TRY(session.ask(
        "Looking at function " + name,
        [&](auto& gateway, const Caller& who) { return gateway.get_code(who, {name}); }, name));
    if (!TRY(agreed("Delete function " + name + ", its code and its logs?"))) {
      note("nothing was deleted");
      return exit_failed;
    }
  }
  const auto done = TRY(session.ask(
      "Deleting function " + name,
      [&](auto& gateway, const Caller& who) { return gateway.delete_function(who, {name}); },
      name));
  session.out().one("Function " + name + " deleted\n", done);
  return exit_ok;
}

}  // namespace kappa::cli
