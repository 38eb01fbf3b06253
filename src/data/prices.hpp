// What use costs: the operator's prices, applied exactly.
#pragma once

#include <string>

#include "kappa/bill.hpp"

namespace kappa::data {

/// [bill] in kappa.toml, which explains each. All prices are 0 unless it says otherwise.
struct BillOptions {
  std::string currency;
  Price price_per_million_calls;
  Price price_per_gb_second;
  Price price_per_cpu_second;
  Money monthly_budget;      ///< of users who set none; 0: they have none
  Money max_monthly_budget;  ///< 0: there is no maximum
};
BOOST_DESCRIBE_STRUCT(BillOptions, (),
                      (currency, price_per_million_calls, price_per_gb_second, price_per_cpu_second,
                       monthly_budget, max_monthly_budget))

/// What is kept of executions that are billed together.
struct Use {
  std::int64_t calls = 0;
  std::int64_t mb_us = 0;  ///< memory limit times wall time
  std::int64_t cpu_us = 0;
};

/// An amount before it is rounded: in parts of the currency of which a millionth has 1.024 * 10^15,
/// so that every price of every use is a whole number of them. 10^17 of the currency fit.
__extension__ using Cost = __int128;

Cost cost_of(const Use& use, const BillOptions& prices);
Cost cost_of(Money amount);
/// Half up.
Money rounded(Cost cost);

/// Half up, to a millionth of a GB-second.
Decimal<6> gb_seconds_of(std::int64_t mb_us);

}  // namespace kappa::data
