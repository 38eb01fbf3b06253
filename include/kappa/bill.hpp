// The vocabulary of the bill: what was used, what that costs, and what it may cost at most.
//
// Money is counted, never measured: an amount is a whole number of millionths of the currency, a
// price one of 10^-12. A line of use, which is one function's day, is priced exactly and rounded
// once, half up, to a millionth; every other amount is a sum of such lines. So lines, days, months
// and totals add up to the last digit, however they are grouped. Prices are applied when something
// is shown: what is kept is use alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/types.hpp"

namespace kappa {

/// An amount of the bill's currency.
using Money = Decimal<6>;
/// What one unit of use costs, in that currency.
using Price = Decimal<12>;

/// A month of UTC.
struct MonthRule {
  static constexpr std::string_view expected = "a month like 2026-11";
  static constexpr std::string_view pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$";
  static constexpr std::size_t min_length = 7;
  static constexpr std::size_t max_length = 7;
  static constexpr bool holds(std::string_view text) {
    if (text.size() != max_length || text[4] != '-') return false;
    for (std::size_t i = 0; i < max_length; ++i) {
      if (i != 4 && (text[i] < '0' || text[i] > '9')) return false;
    }
    const int month = (text[5] - '0') * 10 + (text[6] - '0');
    return month >= 1 && month <= 12;
  }
};
using Month = Refined<MonthRule>;

/// What a function used in a month, or on one of its days.
struct UsageLine {
  std::optional<std::string> day;  ///< "2026-11-24", UTC; absent when the line is of the month
  std::string fn;                  ///< deleted functions' too
  std::int64_t calls = 0;          ///< executions in which user code began; runner_lost ones never
  std::int64_t errors = 0;         ///< those of them whose verdict is not ok
  Decimal<6> gb_seconds;           ///< memory limit times wall time; 1 GB is 1024 MiB
  Decimal<6> cpu_seconds;
  Money price;
};
BOOST_DESCRIBE_STRUCT(UsageLine, (), (day, fn, calls, errors, gb_seconds, cpu_seconds, price))

/// The sums of lines.
struct UsageTotal {
  std::int64_t calls = 0;
  std::int64_t errors = 0;
  Decimal<6> gb_seconds;
  Decimal<6> cpu_seconds;
  Money price;
};
BOOST_DESCRIBE_STRUCT(UsageTotal, (), (calls, errors, gb_seconds, cpu_seconds, price))

struct Usage {
  Month month;
  std::string currency;          ///< as the operator calls it; perhaps ""
  std::vector<UsageLine> lines;  ///< by day, where there are days, then by name
  UsageTotal total;
};
BOOST_DESCRIBE_STRUCT(Usage, (), (month, currency, lines, total))

/// What a user's present month may cost, and costs so far.
struct Budget {
  Month month;
  std::string currency;
  std::optional<Money> monthly_budget;  ///< the user's own; absent: they set none
  std::optional<Money> in_force;  ///< the user's own, else the server's, never above its maximum;
                                  ///< absent: nothing stops calls
  Money spent;                    ///< as the bill has it
};
BOOST_DESCRIBE_STRUCT(Budget, (), (month, currency, monthly_budget, in_force, spent))

namespace data {

struct GetUsage {
  std::int64_t user_id = 0;
  std::optional<Month> month;  ///< the present one when absent
  std::optional<bool> daily;   ///< a line for each day of a function, instead of one in all
};
BOOST_DESCRIBE_STRUCT(GetUsage, (), (user_id, month, daily))

struct GetBudget {
  std::int64_t user_id = 0;
};
BOOST_DESCRIBE_STRUCT(GetBudget, (), (user_id))

struct SetBudget {
  std::int64_t user_id = 0;
  std::optional<Money> monthly_budget;  ///< none of their own when absent
};
BOOST_DESCRIBE_STRUCT(SetBudget, (), (user_id, monthly_budget))

}  // namespace data

}  // namespace kappa
