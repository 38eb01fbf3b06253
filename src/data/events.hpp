// What the platform did, by time: lifecycle events, and the starts and failures the ledger tells.
#pragma once

#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// Thread-safe. Errors as Data has them.
class EventView {
 public:
  explicit EventView(store::File& file) : file_(file) {}

  /// invalid: the limit is out of range.
  Result<Events> of_function(const FunctionEvents& ask);
  Result<Events> of_execution(const ExecutionById& ask);

 private:
  store::File& file_;
};

}  // namespace kappa::data
