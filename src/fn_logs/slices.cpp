// Read beside the writer, which then deletes by key.
#include "fn_logs/slices.hpp"

#include <limits>

#include "fn_logs/days.hpp"
#include "fn_logs/user_bytes.hpp"

namespace kappa::fn_logs {
namespace {

constexpr std::size_t slice_rows = 2'000;      // deleted in about 3 ms
constexpr std::int64_t slice_bytes = 1 << 20;  // overwritten with zeros in about 10 ms

/// Columns: output_id, user_id, length(pieces).
void take_output(const store::Rows& rows, Slice& slice) {
  const std::int64_t bytes = rows.integer(2) + row_overhead;
  slice.outputs.push_back({rows.integer(0), rows.integer(1), bytes});
  slice.bytes += bytes;
}

/// Columns: fn_id, exec_id, user_id, the bytes of its texts.
void take_exchange(const store::Rows& rows, Slice& slice) {
  const std::int64_t bytes = rows.integer(3) + exchange_overhead;
  slice.exchanges.push_back({rows.uuid(0), rows.uuid(1), rows.integer(2), bytes});
  slice.bytes += bytes;
}

}  // namespace

bool Slice::full() const {
  return outputs.size() + exchanges.size() >= slice_rows || bytes >= slice_bytes;
}

Result<Slice> oldest_of_user(store::Database& db, std::int64_t user_id, std::int64_t enough,
                             std::int64_t& from) {
  Slice slice;
  auto outputs = db.query(
      "SELECT output_id, user_id, length(pieces), ts FROM output WHERE output_id >= ? "
      "AND user_id = ? AND output_id < (SELECT max(output_id) FROM output) ORDER BY output_id",
      {from, user_id});
  auto exchanges = db.query(
      "SELECT fn_id, exec_id, user_id, iif(input IS NULL, 0, input_bytes) + "
      "iif(output IS NULL, 0, output_bytes) FROM exchange WHERE user_id = ? ORDER BY exec_id",
      {user_id});
  bool has_output = TRY(outputs.next());
  bool has_exchange = TRY(exchanges.next());
  while ((has_output || has_exchange) && !slice.full() && slice.bytes < enough) {
    const bool printed_first =
        !has_exchange || (has_output && outputs.timestamp(3) < made_at(exchanges.uuid(1)));
    if (printed_first) {
      take_output(outputs, slice);
      has_output = TRY(outputs.next());
    } else {
      take_exchange(exchanges, slice);
      has_exchange = TRY(exchanges.next());
    }
  }
  // Others' rows until there are not looked at again.
  from = has_output ? outputs.integer(0) : std::numeric_limits<std::int64_t>::max();
  return slice;
}

Result<Slice> some_of_function(store::Database& db, const Uuid& fn_id) {
  Slice slice;
  auto outputs =
      db.query("SELECT output_id, user_id, length(pieces) FROM output WHERE fn_id = ?", {fn_id});
  while (!slice.full() && TRY(outputs.next())) take_output(outputs, slice);
  auto exchanges = db.query(
      "SELECT fn_id, exec_id, user_id, iif(input IS NULL, 0, input_bytes) + "
      "iif(output IS NULL, 0, output_bytes) FROM exchange WHERE fn_id = ?",
      {fn_id});
  while (!slice.full() && TRY(exchanges.next())) take_exchange(exchanges, slice);
  return slice;
}

Result<std::set<Uuid>> functions_in(store::Database& db, const std::optional<Uuid>& after,
                                    std::size_t limit) {
  std::set<Uuid> found;
  Uuid last = after.value_or(Uuid{});
  while (found.size() < limit) {
    auto next = db.query(
        "SELECT min(fn_id) FROM (SELECT min(fn_id) AS fn_id FROM output WHERE fn_id > ?1 "
        "UNION ALL SELECT min(fn_id) FROM exchange WHERE fn_id > ?1)",
        {last});
    if (!TRY(next.next()) || next.null(0)) break;
    last = next.uuid(0);
    found.insert(last);
  }
  return found;
}

Result<Nothing> erase(store::Database& db, const Slice& slice) {
  Totals erased;
  for (const auto& row : slice.outputs) {
    TRY(db.run("DELETE FROM output WHERE output_id = ?", {row.output_id}));
    erased[row.user_id] += db.changes() * row.bytes;
  }
  for (const auto& row : slice.exchanges) {
    TRY(db.run("DELETE FROM exchange WHERE fn_id = ? AND exec_id = ?", {row.fn_id, row.exec_id}));
    erased[row.user_id] += db.changes() * row.bytes;
  }
  for (const auto& [user_id, bytes] : erased) TRY(add_user_bytes(db, user_id, -bytes));
  return Nothing{};
}

}  // namespace kappa::fn_logs
