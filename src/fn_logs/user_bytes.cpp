// One small table.
#include "fn_logs/user_bytes.hpp"

namespace kappa::fn_logs {

std::int64_t counted_bytes(const Exchange& exchange) {
  return exchange_overhead + (exchange.input ? exchange.input_bytes : 0) +
         (exchange.output ? exchange.output_bytes : 0);
}

Result<Nothing> add_user_bytes(store::Database& db, std::int64_t user_id, std::int64_t bytes) {
  if (user_id == 0) return Nothing{};
  return db.run(
      "INSERT INTO user_bytes VALUES (?1, max(0, ?2)) "
      "ON CONFLICT (user_id) DO UPDATE SET bytes = max(0, bytes + ?2)",
      {user_id, bytes});
}

Result<Totals> read_totals(store::Database& db) {
  Totals found;
  auto rows = db.query("SELECT user_id, bytes FROM user_bytes");
  while (TRY(rows.next())) found[rows.integer(0)] = rows.integer(1);
  return found;
}

}  // namespace kappa::fn_logs
