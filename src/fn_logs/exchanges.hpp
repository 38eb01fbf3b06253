// What executions were given and gave back, as rows.
#pragma once

#include <optional>

#include "kappa/fn_logs.hpp"
#include "store/file.hpp"

namespace kappa::fn_logs {

/// An execution's second exchange is its first. Gives what is written, for add_user_bytes(); 0 when
/// it is there already.
Result<std::int64_t> insert_exchange(store::Database& db, const Uuid& fn_id, const Uuid& exec_id,
                                     std::int64_t user_id, const Exchange& exchange);
/// Nothing: this file has none of it.
Result<std::optional<Exchange>> find_exchange(store::Database& db, const ReadExchange& ask);
/// About what a row takes.
std::size_t bytes_of(const Exchange& exchange);

}  // namespace kappa::fn_logs
