// Looking into the ledger: one execution, or a user's by what is asked of them.
#pragma once

#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// The statement that lists them: each follows an index through the user's rows, newest first, and
/// what the index does not answer is looked at row by row. It takes ?1 user_id, ?2 fn_name or NULL,
/// ?3 verdict or NULL, ?4 the page's end, ?5 how many, ?6 whether only those that have ended.
store::Sql query_for(const ListExecutions& ask);

/// Thread-safe. Errors as Data has them.
class ExecutionView {
 public:
  explicit ExecutionView(store::File& file) : file_(file) {}

  Result<Execution> get(const ExecutionById& ask);
  Result<ExecutionPage> list(const ListExecutions& ask);

 private:
  store::File& file_;
};

}  // namespace kappa::data
