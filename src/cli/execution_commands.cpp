// Rows for people, and the replies as they are for programs.
#include "cli/execution_commands.hpp"

#include <unistd.h>

#include "cli/exit_codes.hpp"
#include "cli/layout.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

std::string verdict_of(const gateway::Execution& execution) {
  return execution.verdict ? std::string(rpc::Codec<Verdict>::name(*execution.verdict)) : "running";
}

/// For people what fits 80 columns beside a long id, for programs all of it.
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
        ended ? duration(execution.wall_ms) : ""});
    if (!for_people) row.push_back(ended ? memory(execution.peak_memory_kb) : "");
    row.push_back(execution.error.value_or(""));
  }
  return table;
}

/// A text that may be one value of a kind, as that. invalid: it is none; names the flag.
template <class T>
Result<std::optional<T>> value_of(const std::string& text, const std::string& flag) {
  if (text.empty()) return std::optional<T>();
  T value{};
  const std::string json = rpc::json_string(text);
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::Codec<T>::read(rpc::JsonView(json), value, {}, reading);
  if (faults.empty()) return std::optional<T>(value);
  return Error{Code::invalid, flag + " '" + text + "': " + faults.front().why};
}

Result<gateway::ListExecutions> ask_of(const ExecutionFlags& flags) {
  gateway::ListExecutions ask;
  if (!flags.fn_name.empty()) ask.fn_name = flags.fn_name;
  ask.verdict = TRY(value_of<Verdict>(flags.verdict, "--verdict"));
  ask.before = TRY(value_of<Uuid>(flags.before, "--before"));
  if (flags.running) ask.running = true;
  if (!flags.all) ask.limit = flags.limit;
  return ask;
}

void print_lines(const Session& session, const gateway::LogLines& lines) {
  if (session.out().json()) return session.out().list({}, lines, lines.logs);
  for (const auto& line : lines.logs) print(to_text(line.ts) + " | " + line.content + "\n");
}

}  // namespace

int list_executions(const Session& session, const ExecutionFlags& flags) {
  auto ask = ask_of(flags);
  if (!ask) return session.told(ask.error());
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  gateway::ExecutionPage all;
  do {
    auto page = session.gateway().list_executions(*who, *ask);
    if (!page) return session.told(page.error());
    for (auto& execution : page->executions) all.executions.push_back(std::move(execution));
    all.next = ask->before = page->next;
  } while (flags.all && all.next);
  const Table table = table_of(all.executions, session.out().for_people());
  session.out().list(table, all, all.executions);
  if (all.next && session.out().for_people())
    note("there are older ones: kappa exec list --before " + to_text(*all.next));
  return exit_ok;
}

int show_execution(const Session& session, const std::string& exec_id) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto execution = session.gateway().get_execution(*who, {exec_id});
  if (!execution) return session.told(execution.error());
  if (session.out().json()) {
    session.out().write_json_text(rpc::write_json(*execution));
    return exit_ok;
  }
  const auto at = [](const std::optional<Timestamp>& ts) { return ts ? to_text(*ts) : "-"; };
  std::vector<std::vector<std::string>> facts = {
      {"execution", to_text(execution->exec_id)},
      {"function", execution->fn + ", version " + std::to_string(execution->version)},
      {"verdict", verdict_of(*execution)}};
  if (execution->error) facts.push_back({"error", *execution->error});
  facts.insert(facts.end(),
               {{"queued", to_text(execution->queued_at)},
                {"started", at(execution->started_at)},
                {"ended", at(execution->ended_at)},
                {"waited", duration(execution->queued_ms)},
                {"wall", duration(execution->wall_ms) + " of " +
                             duration(static_cast<double>(execution->limits.timeout_ms))},
                {"cpu", duration(execution->cpu_ms)},
                {"memory", memory(execution->peak_memory_kb) + " of " +
                               memory(execution->limits.memory_mb * 1024)},
                {"output", execution->output_cut ? "cut: it printed more than is kept" : "whole"}});
  session.out().write_table(Output::facts(std::move(facts)));
  return exit_ok;
}

int function_logs(const Session& session, const std::string& name) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto lines = session.gateway().get_function_logs(*who, {name, {}});
  if (!lines) return session.told(lines.error(), name);
  print_lines(session, *lines);
  return exit_ok;
}

int execution_logs(const Session& session, const std::string& exec_id) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto lines = session.gateway().get_execution_logs(*who, {exec_id});
  if (!lines) return session.told(lines.error());
  print_lines(session, *lines);
  return exit_ok;
}

int bill(const Session& session) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto bill = session.gateway().get_bill(*who, {});
  if (!bill) return session.told(bill.error());
  if (session.out().json()) {
    session.out().write_json_text(rpc::write_json(*bill));
    return exit_ok;
  }
  Table table{{{"FUNCTION"}, {"EXECUTIONS", true}}, {}};
  for (const auto& [name, count] : bill->fn) table.rows.push_back({name, std::to_string(count)});
  table.rows.push_back({"total", std::to_string(bill->total)});
  session.out().write_table(table);
  return exit_ok;
}

}  // namespace kappa::cli
