// Rows are priced one by one; what is shown is their sums.
#include "data/usage_view.hpp"

#include <map>
#include <utility>

#include "data/months.hpp"

namespace kappa::data {
namespace {

constexpr std::int64_t all_days = 0;  // the key of lines that are of the whole month

/// Lines by day and name.
using Lines = std::map<std::pair<std::int64_t, std::string>, UsageLine>;

/// Lines and totals have these members both.
constexpr auto add = [](auto& to, const auto& line) {
  to.calls += line.calls;
  to.errors += line.errors;
  to.gb_seconds.scaled += line.gb_seconds.scaled;
  to.cpu_seconds.scaled += line.cpu_seconds.scaled;
  to.price.scaled += line.price.scaled;
};

/// A row of usage_query().
UsageTotal row_of(const store::Rows& rows, const BillOptions& prices) {
  const Use use{rows.integer(2), rows.integer(4), rows.integer(5)};
  return {use.calls,
          rows.integer(3),
          gb_seconds_of(use.mb_us),
          {use.cpu_us},
          rounded(cost_of(use, prices))};
}

}  // namespace

store::Sql usage_query() {
  return "SELECT day, fn_name, executions, errors, mb_us, cpu_us FROM usage "
         "WHERE user_id = ?1 AND day >= ?2 AND day < ?3";
}

Result<Usage> UsageView::get(const GetUsage& ask) {
  const std::int64_t month = ask.month ? month_number(*ask.month) : month_of(clock_.now());
  const bool daily = ask.daily.value_or(false);
  const auto read = [&](store::Database& db) -> Result<Lines> {
    auto rows =
        db.query(usage_query(), {ask.user_id, first_day_of(month), first_day_of(month + 1)});
    Lines lines;
    while (TRY(rows.next())) {
      const std::int64_t day = daily ? rows.integer(0) : all_days;
      add(lines[{day, std::string(rows.text(1))}], row_of(rows, options_));
    }
    return lines;
  };
  Usage usage{month_name(month), options_.currency, {}, {}};
  for (auto& [key, line] : TRY(file_.read(read))) {
    if (daily) line.day = day_name(key.first);
    line.fn = key.second;
    add(usage.total, line);
    usage.lines.push_back(std::move(line));
  }
  return usage;
}

}  // namespace kappa::data
