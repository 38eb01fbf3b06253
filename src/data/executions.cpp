// One query for each index that a listing can follow.
#include "data/executions.hpp"

#include "base/random.hpp"
#include "data/names.hpp"
#include "store/newest.hpp"

namespace kappa::data {
namespace {

/// A row of `execution`, all columns in the order of the table: later migrations only append.
Execution row(const store::Rows& rows) {
  Execution execution;
  execution.exec_id = rows.uuid(0);
  execution.attempt = rows.integer(1);
  execution.fn_id = rows.uuid(4);
  execution.user_id = rows.integer(5);
  execution.fn_name.value = rows.text(6);
  execution.fn_version = rows.integer(7);
  execution.limits = {rows.integer(8),  rows.integer(20), rows.integer(9),
                      rows.integer(21), rows.integer(22), rows.integer(23),
                      rows.integer(24), rows.integer(25), rows.integer(26)};
  execution.queued_at = rows.timestamp(10);
  if (!rows.null(11)) execution.started_at = rows.timestamp(11);
  if (!rows.null(12)) execution.ended_at = rows.timestamp(12);
  if (!rows.null(13)) execution.verdict = value_of<Verdict>(rows.text(13));
  execution.detail = rows.text(14);
  execution.wall_us = rows.integer(15);
  execution.queued_us = rows.integer(16);
  execution.cpu_us = rows.integer(17);
  execution.peak_memory_kb = rows.integer(18);
  execution.output_cut = rows.integer(19) != 0;
  execution.start_us = rows.integer(27);
  return execution;
}

constexpr Uuid after_all{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                          0xff, 0xff, 0xff, 0xff}};

}  // namespace

store::Sql query_for(const ListExecutions& ask) {
  if (ask.running.value_or(false)) {
    return "SELECT * FROM execution WHERE user_id = ?1 AND verdict IS NULL AND exec_id < ?4 "
           "AND (?2 IS NULL OR fn_name = ?2) AND (?3 IS NULL OR verdict = ?3) AND ?6 = 0 "
           "ORDER BY exec_id DESC LIMIT ?5";
  }
  if (ask.verdict) {
    return "SELECT * FROM execution WHERE user_id = ?1 AND verdict = ?3 "
           "AND exec_id < ?4 AND (?2 IS NULL OR fn_name = ?2) AND ?6 IN (0, 1) "
           "ORDER BY exec_id DESC LIMIT ?5";
  }
  if (ask.fn_name) {
    return "SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND exec_id < ?4 "
           "AND ?3 IS NULL AND (?6 = 0 OR verdict IS NOT NULL) "
           "ORDER BY exec_id DESC LIMIT ?5";
  }
  return "SELECT * FROM execution WHERE user_id = ?1 AND exec_id < ?4 AND ?2 IS NULL "
         "AND ?3 IS NULL AND (?6 = 0 OR verdict IS NOT NULL) "
         "ORDER BY exec_id DESC LIMIT ?5";
}

Result<Execution> ExecutionView::get(const ExecutionById& ask) {
  return file_.read([&](store::Database& db) -> Result<Execution> {
    auto rows = db.query("SELECT * FROM execution WHERE exec_id = ?", {ask.exec_id});
    if (!TRY(rows.next()))
      return Error{Code::not_found, "execution " + to_text(ask.exec_id) + " not found"};
    return row(rows);
  });
}

Result<ExecutionPage> ExecutionView::list(const ListExecutions& ask) {
  const std::int64_t limit = TRY(store::newest(ask.limit));
  const Uuid before = ask.before.value_or(after_all);  // borrowed while the query runs
  return file_.read([&](store::Database& db) -> Result<ExecutionPage> {
    const store::Value fn_name = ask.fn_name ? store::Value(*ask.fn_name) : std::nullopt;
    const store::Value verdict = ask.verdict ? store::Value(name_of(*ask.verdict)) : std::nullopt;
    const std::int64_t ended_only = ask.running.has_value() && !*ask.running ? 1 : 0;
    // One more than asked: it says whether there is a next page.
    auto rows =
        db.query(query_for(ask), {ask.user_id, fn_name, verdict, before, limit + 1, ended_only});
    ExecutionPage page;
    while (TRY(rows.next())) {
      if (std::ssize(page.executions) == limit) {
        page.next = page.executions.back().exec_id;
        break;
      }
      page.executions.push_back(row(rows));
    }
    return page;
  });
}

}  // namespace kappa::data
