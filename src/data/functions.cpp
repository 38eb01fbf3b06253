// The one row that is a function's life.
#include "data/functions.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "data/names.hpp"
#include "rpc/record.hpp"
#include "store/newest.hpp"

namespace kappa::data {
namespace {

// A creation loads its function, which may take the longest call's time; one this old has died.
constexpr std::int64_t reservation_us = 2LL * 60 * 1'000'000;
constexpr std::size_t row_bytes = 512;

/// A row of `function`, all columns in the order of the table: later migrations only append.
Function row(store::Rows& rows) {
  Function function;
  function.fn_id = rows.uuid(0);
  function.user_id = rows.integer(1);
  function.name.value = rows.text(2);
  function.version = rows.integer(3);
  if (!rows.null(4)) function.code_id = CodeId{std::string(rows.text(4))};
  function.state = value_of<FunctionState>(rows.text(5));
  function.created_at = rows.timestamp(6);
  std::vector<Fault> faults;
  // A member that only a newer binary could have written is refused by migrate().
  rpc::Reading reading{faults};
  rpc::read_json(rows.text(7), function.settings, reading);
  return function;
}

/// The only row, or not_found with this text.
Result<Function> one(store::Rows rows, const std::string& absent) {
  if (!TRY(rows.next())) return Error{Code::not_found, absent};
  return row(rows);
}

}  // namespace

// Two queries below repeat the condition of the index function_name as it stands there: SQLite uses
// a partial index only for a query that does.

Result<Function> FunctionTable::reserve(const ReserveFunction& ask) {
  const auto insert = [&](store::Database& db) -> Result<Function> {
    const Timestamp now = clock_.now();
    auto user = db.query("SELECT 1 FROM user WHERE user_id = ?", {ask.user_id});
    if (!TRY(user.next()))
      return Error{Code::not_found, "user " + std::to_string(ask.user_id) + " not found"};
    TRY(
        db.run("UPDATE function SET state = 'deleting' "
               "WHERE user_id = ? AND name = ? AND state IN ('reserved', 'live') "
               "AND state = 'reserved' AND created_at <= ?",
               {ask.user_id, ask.name.value, Timestamp{now.us - reservation_us}}));
    const std::string settings = rpc::write_json(ask.settings);
    auto made = db.query(
        "INSERT INTO function VALUES (?, ?, ?, 1, NULL, 'reserved', ?, ?) "
        "ON CONFLICT DO NOTHING RETURNING *",
        {ask.fn_id, ask.user_id, ask.name.value, now, settings});
    if (TRY(made.next())) return row(made);
    return Error{Code::conflict, "function '" + ask.name.value + "' exists already"};
  };
  TRY(file_.admit());  // its code is next, and cannot be recorded without room
  return file_.write(insert, row_bytes);
}

Result<Function> FunctionTable::publish(const PublishFunction& ask) {
  const auto update = [&](store::Database& db) -> Result<Function> {
    auto function = TRY(one(db.query("UPDATE function SET state = 'live', code_id = ? "
                                     "WHERE fn_id = ? AND state = 'reserved' RETURNING *",
                                     {ask.code_id.value, ask.fn_id}),
                            "function " + to_text(ask.fn_id) + " is not reserved any more"));
    TRY(db.run("INSERT INTO event (fn_id, ts, status) VALUES (?, ?, 'created')",
               {ask.fn_id, clock_.now()}));
    return function;
  };
  return file_.write(update, row_bytes);
}

Result<Function> FunctionTable::configure(const ConfigureFunction& ask) {
  const auto update = [&](store::Database& db) {
    const std::string settings = rpc::write_json(ask.settings);
    return one(db.query("UPDATE function SET settings = ? WHERE fn_id = ? AND state = 'live' "
                        "RETURNING *",
                        {settings, ask.fn_id}),
               "function " + to_text(ask.fn_id) + " not found");
  };
  auto changed = file_.write(update, row_bytes);
  live_.forget();
  return changed;
}

Result<Function> FunctionTable::find(const FindFunction& ask) {
  const auto read = [&](store::Database& db) {
    return one(db.query("SELECT * FROM function WHERE user_id = ? AND name = ? "
                        "AND state IN ('reserved', 'live') AND state = 'live'",
                        {ask.user_id, ask.name}),
               "function '" + ask.name.substr(0, NameRule::max_length) + "' not found");
  };
  return live_.get({ask.user_id, ask.name}, [&] { return file_.read(read); });
}

Result<Function> FunctionTable::get(const FunctionById& ask) {
  return file_.read([&](store::Database& db) {
    return one(db.query("SELECT * FROM function WHERE fn_id = ?", {ask.fn_id}),
               "function " + to_text(ask.fn_id) + " not found");
  });
}

Result<FunctionPage> FunctionTable::list(const ListFunctions& ask) {
  const std::int64_t limit = TRY(store::newest(ask.limit));
  const std::string after = ask.after.value_or("");  // borrowed while the query runs
  return file_.read([&](store::Database& db) -> Result<FunctionPage> {
    // One more than asked: it says whether there is a next page.
    auto rows = db.query(
        "SELECT function.*, (SELECT SUM(executions) FROM usage "
        "WHERE usage.user_id = function.user_id AND usage.fn_id = function.fn_id) FROM function "
        "WHERE user_id = ? AND state IN ('reserved', 'live') AND state = 'live' AND name > ? "
        "ORDER BY name LIMIT ?",
        {ask.user_id, after, limit + 1});
    FunctionPage page;
    while (TRY(rows.next())) {
      if (std::ssize(page.functions) == limit) {
        page.next = page.functions.back().function.name.value;
        break;
      }
      page.functions.push_back({row(rows), rows.integer(8)});
    }
    return page;
  });
}

Result<Function> FunctionTable::remove(const FunctionById& ask) {
  const auto update = [&](store::Database& db) {
    return one(db.query("UPDATE function SET state = 'deleting' "
                        "WHERE fn_id = ? AND state IN ('reserved', 'live') RETURNING *",
                        {ask.fn_id}),
               "function " + to_text(ask.fn_id) + " not found");
  };
  auto changed = file_.write(update, row_bytes);
  live_.forget();
  return changed;
}

Result<Nothing> FunctionTable::forget(const FunctionById& ask) {
  const auto update = [&](store::Database& db) -> Result<Nothing> {
    TRY(db.run("UPDATE function SET state = 'deleted' WHERE fn_id = ? AND state = 'deleting'",
               {ask.fn_id}));
    if (db.changes() == 1) return Nothing{};
    return Error{Code::not_found, "function " + to_text(ask.fn_id) + " is not being deleted"};
  };
  return file_.write(update, row_bytes);
}

Result<Functions> FunctionTable::unsettled(const ListUnsettled& ask) {
  const std::int64_t now_us = clock_.now().us;
  const std::int64_t older_ms = std::clamp<std::int64_t>(ask.older_than_ms, 0, now_us / 1000);
  return file_.read([&](store::Database& db) -> Result<Functions> {
    Functions found;
    auto rows = db.query(
        "SELECT * FROM function WHERE state IN ('reserved', 'deleting') "
        "AND (state = 'deleting' OR created_at <= ?) ORDER BY created_at",
        {now_us - older_ms * 1000});
    while (TRY(rows.next())) found.functions.push_back(row(rows));
    return found;
  });
}

}  // namespace kappa::data
