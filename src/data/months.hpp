// Days and months of UTC, as the bill counts them.
#pragma once

#include "kappa/bill.hpp"

namespace kappa::data {

/// Days since 1970-01-01.
std::int64_t day_of(Timestamp ts);
/// Months since 0000-01.
std::int64_t month_of_day(std::int64_t day);
inline std::int64_t month_of(Timestamp ts) { return month_of_day(day_of(ts)); }
std::int64_t first_day_of(std::int64_t month);

/// "2026-11", and back.
Month month_name(std::int64_t month);
std::int64_t month_number(const Month& month);
/// "2026-11-24"
std::string day_name(std::int64_t day);

}  // namespace kappa::data
