// Looking into the ledger: one execution, or a user's by what is asked of them.
#pragma once

#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

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
