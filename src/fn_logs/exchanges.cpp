// Three statements.
#include "fn_logs/exchanges.hpp"

#include "fn_logs/user_bytes.hpp"

namespace kappa::fn_logs {
namespace {

store::Value value_of(const std::optional<std::string>& text) {
  return text ? store::Value(*text) : std::nullopt;
}

}  // namespace

Result<std::int64_t> insert_exchange(store::Database& db, const Uuid& fn_id, const Uuid& exec_id,
                                     std::int64_t user_id, const Exchange& exchange) {
  TRY(db.run(
      "INSERT INTO exchange (fn_id, exec_id, input, input_bytes, output, output_bytes, user_id) "
      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      {fn_id, exec_id, value_of(exchange.input), exchange.input_bytes, value_of(exchange.output),
       exchange.output_bytes, user_id}));
  return db.changes() * counted_bytes(exchange);
}

Result<std::optional<Exchange>> find_exchange(store::Database& db, const ReadExchange& ask) {
  auto rows = db.query(
      "SELECT input, input_bytes, output, output_bytes FROM exchange "
      "WHERE fn_id = ? AND exec_id = ?",
      {ask.fn_id, ask.exec_id});
  if (!TRY(rows.next())) return std::optional<Exchange>();
  Exchange found;
  if (!rows.null(0)) found.input = rows.text(0);
  found.input_bytes = rows.integer(1);
  if (!rows.null(2)) found.output = rows.text(2);
  found.output_bytes = rows.integer(3);
  return std::optional<Exchange>(std::move(found));
}

std::size_t bytes_of(const Exchange& exchange) {
  constexpr std::size_t row_bytes = 256;  // a row without its texts
  return row_bytes + (exchange.input ? exchange.input->size() : 0) +
         (exchange.output ? exchange.output->size() : 0);
}

}  // namespace kappa::fn_logs
