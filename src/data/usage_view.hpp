// A month of the bill.
#pragma once

#include "base/clock.hpp"
#include "data/prices.hpp"
#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// What reads a user's days: it takes ?1 user_id, ?2 the first day, ?3 the one behind the last. It
/// follows an index through the lines of these days and no others.
store::Sql usage_query();

/// Thread-safe. Errors as Data has them.
class UsageView {
 public:
  UsageView(store::File& file, const Clock& clock, BillOptions options)
      : file_(file), clock_(clock), options_(std::move(options)) {}

  Result<Usage> get(const GetUsage& ask);

 private:
  store::File& file_;
  const Clock& clock_;
  const BillOptions options_;
};

}  // namespace kappa::data
