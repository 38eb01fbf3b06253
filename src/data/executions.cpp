// Rows, and pages of them.
#include "data/executions.hpp"

#include "base/random.hpp"
#include "data/execution_queries.hpp"
#include "data/names.hpp"
#include "store/newest.hpp"

namespace kappa::data {
namespace {

/// A row of `execution`, all columns in the order of the table: later migrations only append.
Execution row(const store::Rows& rows) {
  Execution execution;
  execution.exec_id = rows.uuid(0);
  execution.attempt = rows.integer(1);
  execution.runner = rows.text(2);
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
  if (!rows.null(28)) execution.replay_of = rows.uuid(28);
  return execution;
}

constexpr Uuid after_all{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                          0xff, 0xff, 0xff, 0xff}};

}  // namespace

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
