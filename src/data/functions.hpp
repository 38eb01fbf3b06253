// Functions and what becomes of them: reserved -> live -> deleting -> deleted.
#pragma once

#include <string>
#include <utility>

#include "base/clock.hpp"
#include "data/recent.hpp"
#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// Thread-safe. Errors as Data has them.
class FunctionTable {
 public:
  FunctionTable(store::File& file, const Clock& clock) : file_(file), clock_(clock) {}

  /// A reservation whose creation has died does not keep its name: it becomes `deleting`.
  Result<Function> reserve(const ReserveFunction& ask);
  Result<Function> publish(const PublishFunction& ask);
  Result<Function> configure(const ConfigureFunction& ask);
  Result<Function> find(const FindFunction& ask);
  Result<Function> get(const FunctionById& ask);
  Result<FunctionPage> list(const ListFunctions& ask);
  Result<Function> remove(const FunctionById& ask);
  Result<Nothing> forget(const FunctionById& ask);
  Result<Functions> unsettled(const ListUnsettled& ask);

 private:
  store::File& file_;
  const Clock& clock_;
  Recent<std::pair<std::int64_t, std::string>, Function> live_;  ///< by user and name
};

}  // namespace kappa::data
