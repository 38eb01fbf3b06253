// The statements that list a user's executions.
#pragma once

#include "kappa/data.hpp"
#include "store/database.hpp"

namespace kappa::data {

/// The statement for what is asked, newest first, all columns of `execution`. Each follows an index
/// that has the verdict before the id: without a verdict it merges one ordered run for each. So it
/// reads as many rows as it gives, and at most one more of each verdict, however many there are.
/// It takes ?1 user_id, ?2 fn_name or NULL, ?3 verdict or NULL, ?4 the page's end, ?5 how many,
/// ?6 whether only those that have ended.
store::Sql query_for(const ListExecutions& ask);

}  // namespace kappa::data
