// One call, then its logs.
#include "cli/invoke_command.hpp"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <set>

#include "cli/exit_codes.hpp"
#include "cli/layout.hpp"
#include "cli/spinner.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

/// The text when it is a JSON object. invalid: says where it is none.
Result<std::string> object_in(std::string text, const std::string& place) {
  if (text.find_first_not_of(" \t\r\n") == text.npos) return std::string("{}");
  const auto fault = rpc::json_fault(text);
  if (!fault && rpc::JsonView(text).kind() == rpc::JsonKind::object) return text;
  const std::string why =
      fault ? "the text " + *fault
            : "expected a JSON object, got " + std::string(to_text(rpc::JsonView(text).kind()));
  return Error{Code::invalid, "the arguments " + place + " cannot be used; " + why +
                                  "; write {\"name\": \"world\"}"};
}

std::string standard_input() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

Result<std::string> arguments_of(const InvokeFlags& flags) {
  const int given =
      (flags.args.empty() ? 0 : 1) + (flags.data.empty() ? 0 : 1) + (flags.file.empty() ? 0 : 1);
  if (given > 1)
    return Error{Code::invalid, "the arguments are given in two ways; use one of --arg, -d and -f"};
  if (!flags.args.empty()) return json_of_args(flags.args);
  if (!flags.data.empty()) return object_in(flags.data, "of -d");
  if (flags.file == "-" || (flags.file.empty() && !is_terminal(STDIN_FILENO)))
    return object_in(standard_input(), "on standard input");
  if (flags.file.empty()) return std::string("{}");
  std::ifstream in(flags.file, std::ios::binary);
  if (!in) {
    return Error{Code::invalid, "file '" + flags.file +
                                    "' cannot be read; name a file with a JSON object, or - for "
                                    "standard input"};
  }
  return object_in({std::istreambuf_iterator<char>(in), {}}, "in " + flags.file);
}

/// What it printed, to standard error, stdout before stderr.
/// A traceback is among it.
void print_logs(const Session& session, const Caller& who, const Uuid& exec_id) {
  const auto lines = session.gateway().get_execution_logs(who, {to_text(exec_id)});
  if (!lines) return note("its logs cannot be read: " + lines.error().detail);
  for (const auto& line : lines->logs) {
    if (rpc::json_fault(line.content)) continue;
    for (rpc::JsonCursor member{rpc::JsonView(line.content)}; member.next();) {
      if (member.key() != "stdout" && member.key() != "stderr") continue;
      std::string text = member.value().string();
      if (text.ends_with('\n')) text.pop_back();
      if (!text.empty()) note(text);
    }
  }
}

std::string report_of(const gateway::Executed& executed) {
  return "REPORT " + to_text(executed.exec_id) + "  " +
         std::string(rpc::Codec<Verdict>::name(executed.verdict)) + "  wall " +
         duration(executed.wall_ms) + "  cpu " + duration(executed.cpu_ms) + "  memory " +
         memory(executed.peak_memory_kb) + " of " + std::to_string(executed.limits.memory_mb) +
         " MiB  start " + duration(executed.queued_ms);
}

void print_result(const Session& session, const gateway::Executed& executed) {
  if (session.out().json()) {
    session.out().write_json_text(rpc::write_json(executed));
  } else if (executed.verdict == Verdict::ok) {
    print((is_terminal(STDOUT_FILENO) ? indented(executed.output.text) : executed.output.text) +
          "\n");
  }
}

}  // namespace

Result<std::string> json_of_args(const std::vector<std::string>& args) {
  std::string json;
  std::set<std::string> seen;
  for (const std::string& arg : args) {
    const std::size_t equals = arg.find('=');
    const bool typed = equals != arg.npos && equals > 0 && arg[equals - 1] == ':';
    const std::string key = arg.substr(0, equals == arg.npos ? 0 : equals - (typed ? 1 : 0));
    if (key.empty()) {
      return Error{Code::invalid,
                   "--arg '" + arg + "': expected KEY=TEXT, or KEY:=JSON; write --arg name=world"};
    }
    const std::string value = arg.substr(equals + 1);
    if (!seen.insert(key).second)
      return Error{Code::invalid, "--arg '" + key + "' is given twice; give each argument once"};
    if (const auto fault = typed ? rpc::json_fault(value) : std::nullopt) {
      return Error{Code::invalid, "--arg '" + key + "': what follows := " + *fault +
                                      "; for a text write " + key + "=TEXT"};
    }
    json += (json.empty() ? "" : ",") + rpc::json_string(key) + ":" +
            (typed ? value : rpc::json_string(value));
  }
  return "{" + json + "}";
}

int invoke_function(const Session& session, const std::string& name, const InvokeFlags& flags) {
  const auto arguments = arguments_of(flags);
  if (!arguments) return session.told(arguments.error());
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto invoked = waiting_for("Running function " + name, [&] {
    return session.gateway().invoke_function(*who, {name, {{*arguments}}});
  });
  if (!invoked) return session.told(invoked.error(), name);
  const bool talks = !flags.quiet && !session.out().json();
  if (talks) print_logs(session, *who, invoked->exec_id);
  print_result(session, *invoked);
  std::fflush(stdout);
  if (invoked->verdict != Verdict::ok && !session.out().json()) {
    print_error("function '" + name + "' failed: " + invoked->error.value_or("") + "\n" +
                (talks ? "" : invoked->traceback.value_or("")));
  }
  if (talks) note(report_of(*invoked));
  return invoked->verdict == Verdict::ok ? exit_ok : exit_failed;
}

}  // namespace kappa::cli
