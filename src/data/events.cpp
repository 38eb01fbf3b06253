// One query a view.
#include "data/events.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "data/names.hpp"
#include "store/newest.hpp"

namespace kappa::data {
namespace {

/// Columns: ts, status, exec_id, verdict, detail.
Event row(const store::Rows& rows) {
  Event event{rows.timestamp(0), std::string(rows.text(1)), {}, {}, {}};
  if (!rows.null(2)) event.exec_id = rows.uuid(2);
  if (!rows.null(3)) event.verdict = value_of<Verdict>(rows.text(3));
  if (!rows.null(4)) event.detail = std::string(rows.text(4));
  return event;
}

}  // namespace

Result<Events> EventView::of_function(const FunctionEvents& ask) {
  const std::int64_t limit = TRY(store::newest(ask.limit));
  return file_.read([&](store::Database& db) -> Result<Events> {
    // `step` orders what happened at the same microsecond: created, started, failed.
    auto rows = db.query(
        "SELECT * FROM ("
        "SELECT ts, status, NULL AS exec_id, NULL AS verdict, NULL AS detail, 0 AS step "
        "FROM event WHERE fn_id = ?1 "
        "UNION ALL SELECT * FROM (SELECT queued_at, 'started', exec_id, NULL, NULL, 1 "
        "FROM execution WHERE fn_id = ?1 AND runner <> '' ORDER BY queued_at DESC LIMIT ?2) "
        "UNION ALL SELECT * FROM (SELECT ended_at, 'failed', exec_id, verdict, detail, 2 "
        "FROM execution WHERE fn_id = ?1 AND verdict <> 'ok' ORDER BY ended_at DESC LIMIT ?2)"
        ") ORDER BY ts DESC, step DESC, exec_id DESC LIMIT ?2",
        {ask.fn_id, limit});
    Events found;
    while (TRY(rows.next())) found.events.push_back(row(rows));
    std::reverse(found.events.begin(), found.events.end());
    return found;
  });
}

Result<Events> EventView::of_execution(const ExecutionById& ask) {
  return file_.read([&](store::Database& db) -> Result<Events> {
    auto rows = db.query(
        "SELECT queued_at, 'started', exec_id, NULL, NULL FROM execution WHERE exec_id = ?1 "
        "AND runner <> '' "
        "UNION ALL SELECT ended_at, 'failed', exec_id, verdict, detail FROM execution "
        "WHERE exec_id = ?1 AND verdict <> 'ok'",
        {ask.exec_id});
    Events found;
    while (TRY(rows.next())) found.events.push_back(row(rows));
    if (found.events.empty())
      return Error{Code::not_found, "execution " + to_text(ask.exec_id) + " not found"};
    return found;
  });
}

}  // namespace kappa::data
