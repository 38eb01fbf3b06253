// A few of a file's rows that go together, so that no append waits for long behind them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "kappa/types.hpp"
#include "store/database.hpp"

namespace kappa::fn_logs {

/// Rows that were seen, and are to be erased by their keys alone: what came since stays.
struct Slice {
  struct OutputRow {
    std::int64_t output_id = 0;
    std::int64_t user_id = 0;
    std::int64_t bytes = 0;
  };
  struct ExchangeRow {
    Uuid fn_id;
    Uuid exec_id;
    std::int64_t user_id = 0;
    std::int64_t bytes = 0;
  };
  std::vector<OutputRow> outputs;
  std::vector<ExchangeRow> exchanges;
  std::int64_t bytes = 0;

  bool empty() const { return outputs.empty() && exchanges.empty(); }
  bool full() const;
};

/// The oldest of a user's rows in a file, printed and exchanged merged by time, until they take
/// `enough`. `from` is 0 at first and says then where the next slice's outputs begin. Never the
/// file's newest output, so that no id is given twice.
Result<Slice> oldest_of_user(store::Database& db, std::int64_t user_id, std::int64_t enough,
                             std::int64_t& from);
/// Some of a function's rows; none when there is none left.
Result<Slice> some_of_function(store::Database& db, const Uuid& fn_id);
/// The first so many functions behind `after`, by id, that a file has rows of: found by hopping
/// over indexes, for rows are many and functions few.
Result<std::set<Uuid>> functions_in(store::Database& db, const std::optional<Uuid>& after,
                                    std::size_t limit);
/// A row that is gone already is no error, and counts once.
Result<Nothing> erase(store::Database& db, const Slice& slice);

}  // namespace kappa::fn_logs
