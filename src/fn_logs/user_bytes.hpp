// What each user's rows of a day take, kept with each row, so that nobody has to count.
#pragma once

#include <map>

#include "kappa/fn_logs.hpp"
#include "store/database.hpp"

namespace kappa::fn_logs {

using Totals = std::map<std::int64_t, std::int64_t>;  ///< bytes by user

/// What a row takes beside its pieces or texts, its places in the indexes included.
constexpr std::int64_t row_overhead = 160;
constexpr std::int64_t exchange_overhead = 100;

/// What an exchange's row counts.
std::int64_t counted_bytes(const Exchange& exchange);
/// In the transaction that writes or, with less than 0, erases the rows. Nobody's are not counted.
Result<Nothing> add_user_bytes(store::Database& db, std::int64_t user_id, std::int64_t bytes);
Result<Totals> read_totals(store::Database& db);

}  // namespace kappa::fn_logs
