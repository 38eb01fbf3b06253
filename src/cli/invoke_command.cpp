// One call, then its logs.
#include "cli/invoke_command.hpp"

#include <unistd.h>

#include <set>

#include "base/read_file.hpp"
#include "cli/layout.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

/// The text when it is a JSON object. Misuse: says where it is none.
Tried<std::string> object_in(const Result<std::string>& text, const std::string& place) {
  constexpr auto example = "write a JSON object like {\"name\": \"world\"}";
  if (!text)
    return Trouble::misuse(place + " cannot be read", text.error().detail,
                           "name a file with a JSON object, or - for standard input");
  if (text->find_first_not_of(" \t\r\n") == text->npos) return std::string("{}");
  if (const auto fault = rpc::json_fault(*text))
    return Trouble::misuse(place + " cannot be used", "the text " + *fault, example);
  const auto kind = rpc::JsonView(*text).kind();
  if (kind == rpc::JsonKind::object) return *text;
  return Trouble::misuse(place + " cannot be used",
                         "expected a JSON object, got " + std::string(to_text(kind)), example);
}

Tried<std::string> arguments_of(const InvokeFlags& flags) {
  const int given =
      (flags.args.empty() ? 0 : 1) + (flags.data.empty() ? 0 : 1) + (flags.file.empty() ? 0 : 1);
  if (given > 1)
    return Trouble::misuse("the arguments are given in two ways", "",
                           "use one of --arg, -d and -f");
  if (!flags.args.empty()) return json_of_args(flags.args);
  if (!flags.data.empty()) return object_in(flags.data, "what -d says");
  if (flags.file == "-" || (flags.file.empty() && !is_terminal(STDIN_FILENO)))
    return object_in(read_to_end(STDIN_FILENO), "standard input");
  if (flags.file.empty()) return std::string("{}");
  return object_in(read_file(flags.file), "file '" + flags.file + "'");
}

/// What it printed, stdout before stderr. Trouble: it cannot be read.
Tried<std::string> output_of(const Session& session, const Uuid& exec_id) {
  const auto lines = TRY(session.ask("Reading its logs", [&](auto& gateway, const Caller& who) {
    return gateway.get_execution_logs(who, {to_text(exec_id)});
  }));
  std::string out;
  std::string err;
  for (const auto& line : lines.logs) {
    if (rpc::json_fault(line.content)) continue;
    for (rpc::JsonCursor member{rpc::JsonView(line.content)}; member.next();) {
      if (member.key() == "stdout") out += member.value().string();
      if (member.key() == "stderr") err += member.value().string();
    }
  }
  if (!out.empty() && !out.ends_with('\n')) out += '\n';
  return out + err;
}

/// Says what it printed, and its traceback, which is among that unless it was cut off or
/// unreadable.
void print_output(const Session& session, const gateway::Executed& executed) {
  const auto printed = output_of(session, executed.exec_id);
  if (!printed) note("its logs cannot be read: " + printed.error().what);
  std::string text = printed ? *printed : "";
  const std::string traceback = executed.traceback.value_or("");
  if (!text.ends_with(traceback)) {
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    text += traceback;
  }
  if (text.ends_with('\n')) text.pop_back();
  if (!text.empty()) note(text);
}

std::string report_of(const gateway::Executed& executed) {
  return "REPORT " + to_text(executed.exec_id) + "  " +
         std::string(rpc::Codec<Verdict>::name(executed.verdict)) + "  wall " +
         duration(executed.wall_ms) + "  cpu " + duration(executed.cpu_ms) + "  memory " +
         memory_of(executed.peak_memory_kb, executed.limits.memory_mb) + "  start " +
         duration(executed.start_ms);
}

void print_result(const Session& session, const gateway::Executed& executed,
                  const std::string& reply) {
  if (session.out().json()) {
    session.out().write_json_text(reply);
  } else if (executed.verdict == Verdict::ok) {
    print((is_terminal(STDOUT_FILENO) ? indented(executed.output.text) : executed.output.text) +
          "\n");
  }
}

}  // namespace

Tried<std::string> json_of_args(const std::vector<std::string>& args) {
  std::string json;
  std::set<std::string> seen;
  for (const std::string& arg : args) {
    const std::size_t equals = arg.find('=');
    const bool typed = equals != arg.npos && equals > 0 && arg[equals - 1] == ':';
    const std::string key = arg.substr(0, equals == arg.npos ? 0 : equals - (typed ? 1 : 0));
    if (key.empty()) {
      return Trouble::misuse("--arg '" + arg + "' cannot be used",
                             "expected KEY=TEXT, or KEY:=JSON", "write --arg name=world");
    }
    const std::string value = arg.substr(equals + 1);
    if (!seen.insert(key).second)
      return Trouble::misuse("--arg '" + key + "' is given twice", "", "give each argument once");
    const std::string written = typed ? value : rpc::json_string(value);
    if (const auto fault = rpc::json_fault(written)) {
      return Trouble::misuse("--arg '" + key + "' cannot be used",
                             typed ? "what follows := " + *fault : "its text is not UTF-8",
                             "for a text write " + key + "=TEXT");
    }
    json += (json.empty() ? "" : ",") + rpc::json_string(key) + ":" + written;
  }
  return "{" + json + "}";
}

Tried<int> invoke_function(const Session& session, const std::string& name,
                           const InvokeFlags& flags) {
  const auto arguments = TRY(arguments_of(flags));
  const auto invoked = TRY(session.ask(
      "Running function " + name,
      [&](auto& gateway, const Caller& who) {
        return gateway.invoke_function(who, {name, {{arguments}}});
      },
      name));
  return tell_call(session, invoked, rpc::write_json(invoked), flags.quiet);
}

int tell_call(const Session& session, const gateway::Executed& executed, const std::string& reply,
              bool quiet) {
  if (!quiet) print_output(session, executed);
  print_result(session, executed, reply);
  std::fflush(stdout);
  if (executed.verdict != Verdict::ok && !session.out().json()) {
    print_error("function '" + executed.fn + "' failed: " + executed.error.value_or("") + "\n" +
                (quiet ? executed.traceback.value_or("") : ""));
  }
  if (!quiet && !session.out().json()) note(report_of(executed));
  return executed.verdict == Verdict::ok ? exit_ok : exit_failed;
}

}  // namespace kappa::cli
