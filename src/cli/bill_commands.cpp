// Amounts have all their decimals for people, so that columns stand and add up.
#include "cli/bill_commands.hpp"

#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

constexpr int decimals = 6;

/// "0.5" -> "0.500000"
std::string padded(Decimal<6> number) {
  std::string text = rpc::write_json(number);
  if (text.find('.') == text.npos) text += '.';
  while (text.size() - text.find('.') <= decimals) text += '0';
  return text;
}

std::string amount(Money money, const std::string& currency) {
  return rpc::write_json(money) + (currency.empty() ? "" : " " + currency);
}

/// How a month is laid out. People see a price where anything has one; for programs the columns
/// are always the same.
struct Layout {
  bool daily = false;
  bool for_people = false;
  bool priced = true;

  std::string number(Decimal<6> value) const {
    return for_people ? padded(value) : rpc::write_json(value);
  }
};

/// Lines and totals have these members both.
constexpr auto append_figures = [](std::vector<std::string>& row, const auto& line,
                                   const Layout& layout) {
  row.insert(row.end(), {std::to_string(line.calls), std::to_string(line.errors),
                         layout.number(line.gb_seconds), layout.number(line.cpu_seconds)});
  if (layout.priced) row.push_back(layout.number(line.price));
};

Table table_of(const Usage& usage, const Layout& layout, bool with_total) {
  Table table;
  if (layout.daily) table.columns.push_back({"DAY"});
  table.columns.insert(table.columns.end(), {{"FUNCTION"},
                                             {"CALLS", true},
                                             {"ERRORS", true},
                                             {"GB_SECONDS", true},
                                             {"CPU_SECONDS", true}});
  if (layout.priced) table.columns.push_back({"PRICE", true});
  for (const UsageLine& line : usage.lines) {
    auto& row = table.rows.emplace_back();
    if (layout.daily) row.push_back(line.day.value_or(""));
    row.push_back(line.fn);
    append_figures(row, line, layout);
  }
  if (!with_total) return table;
  auto& row = table.rows.emplace_back();
  row.emplace_back("total");
  if (layout.daily) row.emplace_back();
  append_figures(row, usage.total, layout);
  return table;
}

/// Misuse: it is no month.
Tried<gateway::GetUsage> ask_of(const BillFlags& flags) {
  gateway::GetUsage ask;
  if (!flags.month.empty())
    ask.month = TRY(value_of<Month>(flags.month, "--month", "kappa bill --month 2026-11"));
  if (flags.daily) ask.daily = true;
  return ask;
}

Tried<int> show_month(const Session& session, const BillFlags& flags) {
  const auto ask = TRY(ask_of(flags));
  const auto usage = TRY(session.ask("Reading the bill", [&](auto& gateway, const Caller& who) {
    return gateway.get_usage(who, ask);
  }));
  const Output& out = session.out();
  const bool free_of_charge = usage.currency.empty() && usage.total.price == Money{};
  const Layout layout{flags.daily, out.for_people(), !out.for_people() || !free_of_charge};
  // A spreadsheet would add a total to what it is the total of.
  out.list(table_of(usage, layout, !out.csv()), usage, usage.lines);
  if (out.for_people())
    note(usage.month.value + ", UTC" +
         (usage.currency.empty() ? "" : "; prices in " + usage.currency));
  return exit_ok;
}

Tried<int> show_counts(const Session& session) {
  const auto bill = TRY(session.ask("Reading the bill", [](auto& gateway, const Caller& who) {
    return gateway.get_bill(who, {});
  }));
  if (session.out().json()) {
    session.out().write_json_text(rpc::write_json(bill));
    return exit_ok;
  }
  Table table{{{"FUNCTION"}, {"EXECUTIONS", true}}, {}};
  for (const auto& [name, count] : bill.fn) table.rows.push_back({name, std::to_string(count)});
  table.rows.push_back({"total", std::to_string(bill.total)});
  session.out().write_table(table);
  return exit_ok;
}

int print_budget(const Session& session, const Budget& budget) {
  const auto shown = [&](const std::optional<Money>& money, const char* absent) {
    return money ? amount(*money, budget.currency) : absent;
  };
  session.out().facts({{"month", budget.month.value},
                       {"spent", amount(budget.spent, budget.currency)},
                       {"budget", shown(budget.in_force, "none")},
                       {"yours", shown(budget.monthly_budget, "none")}},
                      budget);
  return exit_ok;
}

Tried<int> change_budget(const Session& session, const gateway::SetBudget& ask) {
  return print_budget(session,
                      TRY(session.ask("Changing the budget", [&](auto& gateway, const Caller& who) {
                        return gateway.set_budget(who, ask);
                      })));
}

/// Misuse: it is none.
Tried<Money> money_of(const std::string& text) {
  Money money;
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::read_json(text, money, reading);
  if (faults.empty()) return money;
  const bool number = faults.front().why.starts_with("expected a number");
  return Trouble::misuse("a budget cannot be '" + text + "'",
                         number ? faults.front().why : rpc::expected_decimal(decimals),
                         "kappa budget set 12.50");
}

}  // namespace

Tried<int> show_bill(const Session& session, const BillFlags& flags) {
  const bool of_month = flags.of_month || flags.daily || session.out().csv();
  return of_month ? show_month(session, flags) : show_counts(session);
}

Tried<int> show_budget(const Session& session) {
  return print_budget(session,
                      TRY(session.ask("Reading the budget", [](auto& gateway, const Caller& who) {
                        return gateway.get_budget(who, {});
                      })));
}

Tried<int> set_budget(const Session& session, const std::string& text) {
  return change_budget(session, {TRY(money_of(text))});
}

Tried<int> clear_budget(const Session& session) { return change_budget(session, {}); }

}  // namespace kappa::cli
