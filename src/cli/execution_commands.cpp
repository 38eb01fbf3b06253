// Rows for people, and the replies as they are for programs.
#include "cli/execution_commands.hpp"

#include "cli/layout.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

std::string verdict_of(const gateway::Execution& execution) {
  return execution.verdict ? std::string(rpc::Codec<Verdict>::name(*execution.verdict)) : "running";
}

/// For people what fits 80 columns beside a long id, for programs all of it, in milliseconds and
/// KiB.
Table table_of(const std::vector<gateway::Execution>& executions, bool for_people) {
  Table table{{{"EXECUTION"}, {"FUNCTION"}, {"VERDICT"}, {"QUEUED"}, {"WALL", true}}, {}};
  if (for_people) table.columns[3] = {"AGO", true};
  if (!for_people) table.columns.push_back({"MEMORY", true});
  table.columns.push_back({"ERROR"});
  const Timestamp now = SystemClock().now();
  for (const auto& execution : executions) {
    const bool ended = execution.verdict.has_value();
    auto& row = table.rows.emplace_back(std::vector<std::string>{
        to_text(execution.exec_id), execution.fn, verdict_of(execution),
        for_people ? age(execution.queued_at, now) : to_text(execution.queued_at),
        !ended       ? ""
        : for_people ? duration(execution.wall_ms)
                     : rpc::write_json(execution.wall_ms)});
    if (!for_people) row.push_back(ended ? std::to_string(execution.peak_memory_kb) : "");
    row.push_back(execution.error.value_or(""));
  }
  return table;
}

/// A flag's value, when the flag is there.
template <class T>
Tried<std::optional<T>> optional_value(const std::string& text, const std::string& flag) {
  if (text.empty()) return std::optional<T>();
  return std::optional<T>(TRY(value_of<T>(text, flag, "kappa exec list --help")));
}

Tried<gateway::ListExecutions> ask_of(const ExecutionFlags& flags) {
  gateway::ListExecutions ask;
  if (!flags.fn_name.empty()) ask.fn_name = flags.fn_name;
  ask.verdict = TRY(optional_value<Verdict>(flags.verdict, "--verdict"));
  ask.before = TRY(optional_value<Uuid>(flags.before, "--before"));
  if (flags.running) ask.running = true;
  ask.limit = flags.limit;
  return ask;
}

/// An execution with what it was given and gave back, as far as that is kept.
struct ShownExecution : gateway::Execution {
  std::optional<RawJson> input;
  std::optional<RawJson> output;
};
BOOST_DESCRIBE_STRUCT(ShownExecution, (gateway::Execution), (input, output))

/// A JSON text, or why there is none.
std::string kept_of(const Tried<RawJson>& json) {
  constexpr std::size_t most = 500;  // bytes: a few lines of a terminal
  if (!json) return "- (" + json.error().what + ")";
  if (json->text.size() <= most) return json->text;
  return std::to_string(json->text.size()) + " bytes; -o json shows them";
}

/// "1.20 ms of 30.0 s"
std::string use_of(double ms, std::int64_t limit_ms) {
  const std::string used = duration(ms);
  return limit_ms == 0 ? used : used + " of " + duration(static_cast<double>(limit_ms));
}

std::vector<std::vector<std::string>> facts_of(const gateway::Execution& execution) {
  const auto at = [](const std::optional<Timestamp>& ts) { return ts ? to_text(*ts) : "-"; };
  const Limits& limits = execution.limits;
  std::vector<std::vector<std::string>> facts = {
      {"execution", to_text(execution.exec_id)},
      {"function", execution.fn + ", version " + std::to_string(execution.version)},
      {"verdict", verdict_of(execution)}};
  if (execution.error) facts.push_back({"error", *execution.error});
  const std::string cut =
      "cut: it printed more than " + std::to_string(limits.output_bytes) + " bytes";
  facts.insert(facts.end(), {{"queued", to_text(execution.queued_at)},
                             {"started", at(execution.started_at)},
                             {"ended", at(execution.ended_at)},
                             {"waited", duration(execution.queued_ms)},
                             {"process", duration(execution.start_ms)},
                             {"wall", use_of(execution.wall_ms, limits.timeout_ms)},
                             {"cpu", use_of(execution.cpu_ms, limits.cpu_ms)},
                             {"memory", memory_of(execution.peak_memory_kb, limits.memory_mb)},
                             {"printed", execution.output_cut ? cut : "whole"}});
  if (execution.runner) facts.push_back({"runner", *execution.runner});
  if (execution.replay_of) facts.push_back({"replay of", to_text(*execution.replay_of)});
  return facts;
}

int print_lines(const Session& session, const gateway::LogLines& lines) {
  if (session.out().json()) {
    session.out().list({}, lines, lines.logs);
  } else {
    for (const auto& line : lines.logs) print(to_text(line.ts) + " | " + line.content + "\n");
  }
  return exit_ok;
}

/// The flags of a list again, so that its next page is of the same list.
std::string next_page(const ExecutionFlags& flags, const Uuid& before) {
  std::string command = "kappa exec list";
  if (!flags.fn_name.empty()) command += " --fn " + flags.fn_name;
  if (!flags.verdict.empty()) command += " --verdict " + flags.verdict;
  if (flags.running) command += " --running";
  return command + " --limit " + std::to_string(flags.limit) + " --before " + to_text(before);
}

}  // namespace

Tried<int> list_executions(const Session& session, const ExecutionFlags& flags) {
  auto ask = TRY(ask_of(flags));
  gateway::ExecutionPage all;
  do {
    auto page = TRY(session.ask("Listing executions", [&](auto& gateway, const Caller& who) {
      return gateway.list_executions(who, ask);
    }));
    for (auto& execution : page.executions) all.executions.push_back(std::move(execution));
    all.next = ask.before = page.next;
  } while (flags.all && all.next);
  if (all.executions.empty() && session.out().for_people()) {
    note("no executions like that");
    return exit_ok;
  }
  const Table table = table_of(all.executions, session.out().for_people());
  session.out().list(table, all, all.executions);
  if (all.next && session.out().for_people())
    note("there are older ones: " + next_page(flags, *all.next));
  return exit_ok;
}

Tried<int> show_execution(const Session& session, const std::string& exec_id) {
  const auto execution =
      TRY(session.ask("Looking at an execution", [&](auto& gateway, const Caller& who) {
        return gateway.get_execution(who, {exec_id});
      }));
  const auto input = session.ask("Reading its input", [&](auto& gateway, const Caller& who) {
    return gateway.get_input(who, {exec_id});
  });
  const auto output = session.ask("Reading its result", [&](auto& gateway, const Caller& who) {
    return gateway.get_output(who, {exec_id});
  });
  auto facts = facts_of(execution);
  facts.push_back({"input", kept_of(input)});
  if (output || execution.verdict == Verdict::ok) facts.push_back({"result", kept_of(output)});
  ShownExecution shown{execution, {}, {}};
  if (input) shown.input = *input;
  if (output) shown.output = *output;
  session.out().facts(std::move(facts), shown);
  return exit_ok;
}

Tried<int> cancel_execution(const Session& session, const std::string& exec_id) {
  const auto stopped =
      TRY(session.ask("Stopping an execution", [&](auto& gateway, const Caller& who) {
        return gateway.cancel_execution(who, {exec_id});
      }));
  session.out().facts(facts_of(stopped), stopped);
  return exit_ok;
}

Tried<int> function_logs(const Session& session, const std::string& name, std::int64_t limit) {
  const auto lines = TRY(session.ask(
      "Reading logs",
      [&](auto& gateway, const Caller& who) {
        return gateway.get_function_logs(who, {name, limit});
      },
      name));
  print_lines(session, lines);
  const bool maybe_more = std::ssize(lines.logs) == limit;
  if (maybe_more && session.out().for_people())
    note("the newest " + std::to_string(limit) +
         " lines; there may be older ones: --limit, or kappa exec list and kappa logs exec ID");
  return exit_ok;
}

Tried<int> execution_logs(const Session& session, const std::string& exec_id) {
  return print_lines(session,
                     TRY(session.ask("Reading logs", [&](auto& gateway, const Caller& who) {
                       return gateway.get_execution_logs(who, {exec_id});
                     })));
}

}  // namespace kappa::cli
