// In the original command line's words where it had the command.
#include "cli/function_commands.hpp"

#include <unistd.h>

#include <fstream>
#include <iostream>

#include "cli/arguments.hpp"
#include "cli/exit_codes.hpp"
#include "cli/layout.hpp"
#include "cli/prompt.hpp"
#include "cli/spinner.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

Result<std::string> source_of(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in.is_open() || in.bad())
    return Error{Code::invalid,
                 "file '" + file + "' cannot be read; name a Python file, or - for standard input"};
  return text;
}

/// All pages, or as many functions as are wanted.
Result<gateway::FunctionPage> all_functions(const Session& session, const Caller& who,
                                            std::int64_t limit) {
  gateway::FunctionPage all;
  do {
    const std::int64_t left = limit - std::ssize(all.functions);
    gateway::ListFunctions ask{all.next, {}};
    if (limit > 0) ask.limit = std::min<std::int64_t>(left, 1000);
    auto page = TRY(session.gateway().list_functions(who, ask));
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

/// Whether a person said yes to it.
Result<bool> agreed(const std::string& question) {
  if (!is_terminal(STDIN_FILENO))
    return Error{Code::invalid,
                 "nothing is deleted unasked; there is no terminal to ask at; say yes beforehand "
                 "with -y"};
  const std::string answer = TRY(ask(question + " [y/N]"));
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

int create_function(const Session& session, const std::string& name, const std::string& file) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto source = source_of(file);
  if (!source) return session.told(source.error());
  const auto created = waiting_for("Creating function " + name, [&] {
    return session.gateway().create_function(*who, {{name}, {*source}});
  });
  if (!created) return session.told(created.error());
  std::string text = "Function " + name + " created\n";
  if (!created->related.text.empty()) text += created->related.text + "\n";
  for (const std::string& repo : created->related.repos) text += repo + "\n";
  session.out().one(text, *created);
  return exit_ok;
}

int list_functions(const Session& session, const ListFlags& flags) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto page = all_functions(session, *who, flags.limit);
  if (!page) return session.told(page.error());
  Table table{{{"NAME"}, {"VERSION", true}, {"EXECUTIONS", true}, {"CREATED"}}, {}};
  for (const auto& function : page->functions) {
    table.rows.push_back({function.name, std::to_string(function.version),
                          std::to_string(function.executions), moment(function.created_at)});
  }
  session.out().list(table, *page, page->functions);
  if (page->functions.empty() && session.out().for_people())
    note("no functions yet; make one with: kappa fn create NAME FILE");
  return exit_ok;
}

int show_function(const Session& session, const std::string& name, bool code) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  if (code) {
    const auto source = session.gateway().get_code(*who, {name});
    if (!source) return session.told(source.error(), name);
    session.out().one(source->code.value, *source);
    return exit_ok;
  }
  const auto function = session.gateway().get_function(*who, {name});
  if (!function) return session.told(function.error(), name);
  if (session.out().json()) {
    session.out().write_json_text(rpc::write_json(*function));
    return exit_ok;
  }
  session.out().write_table(Output::facts({{"name", function->name},
                                           {"signature", signature_of(*function)},
                                           {"version", std::to_string(function->version)},
                                           {"created", moment(function->created_at)},
                                           {"code", function->code_id.value}}));
  return exit_ok;
}

int execute_function(const Session& session, const std::string& name,
                     const std::vector<std::string>& words) {
  const auto arguments = function_arguments(words);
  if (!arguments) return session.told(arguments.error());
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto executed = waiting_for("Executing function " + name, [&] {
    return session.gateway().execute_function(*who, {name, {*arguments}});
  });
  if (!executed) return session.told(executed.error(), name);
  const std::string logs = "kappa logs exec " + to_text(executed->exec_id);
  if (session.out().json()) {
    session.out().write_json_text(rpc::write_json(*executed));
  } else if (executed->verdict == Verdict::ok) {
    print("Function '" + name + "' executed with output:\n" + indented(executed->output.text) +
          "\n\nSee its logs with: " + logs + "\n\n");
  } else {
    print_error("function '" + name + "' failed: " + executed->error.value_or("") + "\n" +
                executed->traceback.value_or("") + "  try: " + logs + "\n");
  }
  return executed->verdict == Verdict::ok ? exit_ok : exit_failed;
}

int delete_function(const Session& session, const std::string& name, bool sure) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  if (!sure) {
    const auto yes = agreed("Delete function " + name + ", its code and its logs?");
    if (!yes) return session.told(yes.error());
    if (!*yes) {
      note("nothing was deleted");
      return exit_failed;
    }
  }
  const auto done = waiting_for("Deleting function " + name,
                                [&] { return session.gateway().delete_function(*who, {name}); });
  if (!done) return session.told(done.error(), name);
  session.out().one("Function " + name + " deleted\n", *done);
  return exit_ok;
}

}  // namespace kappa::cli
