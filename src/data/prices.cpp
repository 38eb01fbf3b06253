// Whole numbers all the way.
#include "data/prices.hpp"

namespace kappa::data {
namespace {

constexpr std::int64_t mb_per_gb = 1024;
constexpr Cost million = 1'000'000;
// A price has 10^-12 of the currency, for a million calls or microseconds, or for 1024 * 10^6
// MB-us.
constexpr Cost parts_of_price_unit = million * mb_per_gb;
constexpr Cost parts_of_millionth = million * parts_of_price_unit;

}  // namespace

Cost cost_of(const Use& use, const BillOptions& prices) {
  return Cost{use.calls} * prices.price_per_million_calls.scaled * mb_per_gb +
         Cost{use.mb_us} * prices.price_per_gb_second.scaled +
         Cost{use.cpu_us} * prices.price_per_cpu_second.scaled * mb_per_gb;
}

Cost cost_of(Money amount) { return amount.scaled * parts_of_millionth; }

Money rounded(Cost cost) {
  return {static_cast<std::int64_t>((cost + parts_of_millionth / 2) / parts_of_millionth)};
}

Decimal<6> gb_seconds_of(std::int64_t mb_us) { return {(mb_us + mb_per_gb / 2) / mb_per_gb}; }

}  // namespace kappa::data
