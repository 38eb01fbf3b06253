// Rows are taken in the order of their commits; of each row its lines are looked at where they lie,
// and only those that are wanted are copied.
#include "fn_logs/line_search.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "base/random.hpp"
#include "fn_logs/row_lines.hpp"
#include "store/newest.hpp"

namespace kappa::fn_logs {
namespace {

constexpr std::size_t page_bytes =
    2 << 20;  // of text; a client takes 16 MiB of JSON, in which a byte can be six
constexpr std::chrono::milliseconds search_within{250};  // then it has a page, and may go on
constexpr std::int64_t second_us = 1'000'000;
// Rows are written when their lines are in; only where a clock was set back is one behind a row
// with a later time. Further back than so much nobody looks for lines of a time.
constexpr std::int64_t clock_slack_us = 3600 * second_us;
constexpr Day days_slack = 1;

constexpr store::Sql back_by_function =
    "SELECT output_id, exec_id, ts, pieces, queued_at, verdict, detail FROM output "
    "WHERE fn_id = ?1 AND output_id <= ?2 ORDER BY output_id DESC";
constexpr store::Sql back_by_execution =
    "SELECT output_id, exec_id, ts, pieces, queued_at, verdict, detail FROM output "
    "WHERE +fn_id = ?1 AND output_id <= ?2 AND exec_id = ?3 ORDER BY output_id DESC";
constexpr store::Sql on_by_function =
    "SELECT output_id, exec_id, ts, pieces, queued_at, verdict, detail FROM output "
    "WHERE fn_id = ?1 AND output_id >= ?2 ORDER BY output_id";
constexpr store::Sql on_by_execution =
    "SELECT output_id, exec_id, ts, pieces, queued_at, verdict, detail FROM output "
    "WHERE +fn_id = ?1 AND output_id >= ?2 AND exec_id = ?3 ORDER BY output_id";

RowView view_of(const store::Rows& rows) {
  RowView row{rows.uuid(1), rows.timestamp(2), rows.text(3), {}, rows.text(5), rows.text(6)};
  if (!rows.null(4)) row.queued_at = rows.timestamp(4);
  return row;
}

/// The day that lines come to now. Around midnight the day before has rows that are being written:
/// the new one is not begun before they are there.
Day settled_day(const Clock& clock) { return day_of({clock.now().us - second_us}); }
bool unsettled(Day day, const Clock& clock) {
  return day == day_of(clock.now()) && day != settled_day(clock);
}

Result<std::optional<Cursor>> cursor_of(const std::optional<std::string>& text, const char* at) {
  if (!text) return std::optional<Cursor>();
  auto cursor = parse_cursor(*text);
  if (!cursor)
    return Error{Code::invalid, "", {{at, "expected a cursor as a page of lines has it"}}};
  return cursor;
}

class Search {
 public:
  Search(Days& days, const ReadLines& ask, const Clock& clock)
      : days_(days), ask_(ask), clock_(clock) {}

  Result<LinePage> run() {
    limit_ = static_cast<std::size_t>(TRY(store::newest(ask_.limit)));
    before_ = TRY(cursor_of(ask_.before, "/before"));
    after_ = TRY(cursor_of(ask_.after, "/after"));
    auto days = TRY(days_.list());
    std::erase_if(days, [this](Day day) { return unsettled(day, clock_); });
    if (after_) {
      std::reverse(days.begin(), days.end());
      TRY(go_on(days));
    } else {
      TRY(go_back(days));
    }
    return std::move(page_);
  }

 private:
  using Lines = std::vector<LogEntry>;

  bool time_is_up() const { return std::chrono::steady_clock::now() > deadline_; }
  bool full() const { return page_.lines.size() >= limit_ || bytes_ >= page_bytes; }

  /// Whether any line of a row with this time can be wanted.
  bool too_old(Timestamp ts) const { return ask_.since && ts < *ask_.since; }
  bool far_too_old(Timestamp ts) const {
    return ask_.since && ts.us < ask_.since->us - clock_slack_us;
  }
  bool day_wanted(Day day) const {
    if (ask_.exec_id && day < first_day(*ask_.exec_id)) return false;
    if (ask_.since && day < day_of(*ask_.since) - days_slack) return false;
    return !ask_.until || day <= day_of(*ask_.until) + days_slack;
  }

  bool may_match(const RowView& row) const { return !ask_.grep || may_hold(row, *ask_.grep); }

  /// Told of each line in turn, for a long one is found as a whole.
  bool wanted(const LineView& line, const Cursor& at) {
    if (line.begins) {
      found_ = (!ask_.stream || *ask_.stream == line.stream) && !too_old(line.ts) &&
               (!ask_.until || line.ts < *ask_.until) &&
               (!ask_.grep || line.whole.find(*ask_.grep) != line.whole.npos);
    }
    return found_ && (!before_ || at < *before_) && (!after_ || *after_ < at);
  }

  LogEntry entry(const LineView& line, const RowView& row, const Cursor& at) {
    bytes_ += line.text.size();
    return {to_text(at), line.ts, line.stream, row.exec_id, std::string(line.text), line.continues};
  }

  Result<Nothing> go_back(const std::vector<Day>& days) {
    Cursor newest{settled_day(clock_), 0, 0};
    for (const Day day : days) {
      if (!day_wanted(day) || (before_ && day > before_->day)) continue;
      auto file = TRY(days_.open(day));
      const auto read = [&](store::Database& db) { return read_back(db, day, newest); };
      if (TRY(file->read(read))) break;
    }
    std::reverse(page_.lines.begin(), page_.lines.end());
    page_.newer = before_ ? *ask_.before : to_text(newest);
    if (before_ && !page_.lines.empty()) page_.newer = page_.lines.back().cursor;
    in_time_order();
    return Nothing{};
  }

  /// True when nothing older is to be looked at. The page's lines are newest first meanwhile.
  Result<bool> read_back(store::Database& db, Day day, Cursor& newest) {
    const std::int64_t from = before_ && before_->day == day ? before_->output_id : INT64_MAX;
    auto rows = ask_.exec_id ? db.query(back_by_execution, {ask_.fn_id, from, *ask_.exec_id})
                             : db.query(back_by_function, {ask_.fn_id, from});
    while (TRY(rows.next())) {
      const RowView row = view_of(rows);
      const Cursor begin{day, rows.integer(0), 0};
      if (far_too_old(row.ts)) return true;
      TRY(take_newest(row, begin, newest));
      if (full()) {
        page_.older = page_.lines.back().cursor;
        return true;
      }
      if (time_is_up()) {
        page_.older = to_text(begin);
        return true;
      }
    }
    return false;
  }

  /// Adds the newest of a row's wanted lines, as many as there is room for.
  Result<Nothing> take_newest(const RowView& row, const Cursor& begin, Cursor& newest) {
    if (begin <= newest && (too_old(row.ts) || !may_match(row))) return Nothing{};
    std::size_t count = 0;
    Cursor at = begin;
    for (RowLines lines(row); const auto line = TRY(lines.next());) {
      at.number = line->number;
      count += wanted(*line, at) ? 1 : 0;
    }
    newest = std::max(newest, at);
    std::size_t skipped = count - std::min(count, limit_ - page_.lines.size());
    if (count == skipped) return Nothing{};
    Lines taken;
    for (RowLines lines(row); const auto line = TRY(lines.next());) {
      at.number = line->number;
      if (!wanted(*line, at)) continue;
      if (skipped > 0) {
        --skipped;
        continue;
      }
      taken.push_back(entry(*line, row, at));
    }
    std::move(taken.rbegin(), taken.rend(), std::back_inserter(page_.lines));
    drop_beyond_bytes();
    return Nothing{};
  }

  void drop_beyond_bytes() {
    while (bytes_ > page_bytes && page_.lines.size() > 1) {
      const std::size_t size = page_.lines.back().text.size();
      if (bytes_ - size < page_bytes) return;
      bytes_ -= size;
      page_.lines.pop_back();
    }
  }

  Result<Nothing> go_on(const std::vector<Day>& days) {
    Cursor newest = *after_;
    bool ended = false;
    for (const Day day : days) {
      if (day < after_->day || !day_wanted(day)) continue;
      auto file = TRY(days_.open(day));
      const auto read = [&](store::Database& db) { return read_on(db, day, newest); };
      ended = TRY(file->read(read));
      if (ended) break;
    }
    // Days without any need not be looked through again.
    if (!ended) newest = std::max(newest, Cursor{settled_day(clock_), 0, 0});
    page_.newer = to_text(newest);
    return Nothing{};
  }

  /// True when the page is full, or the time is up.
  Result<bool> read_on(store::Database& db, Day day, Cursor& newest) {
    const std::int64_t from = after_->day == day ? after_->output_id : 0;
    auto rows = ask_.exec_id ? db.query(on_by_execution, {ask_.fn_id, from, *ask_.exec_id})
                             : db.query(on_by_function, {ask_.fn_id, from});
    while (TRY(rows.next())) {
      const RowView row = view_of(rows);
      Cursor at{day, rows.integer(0), 0};
      if (!may_match(row)) {
        newest = std::max(newest, at);
        if (time_is_up()) return true;
        continue;
      }
      for (RowLines lines(row); const auto line = TRY(lines.next());) {
        at.number = line->number;
        if (wanted(*line, at)) page_.lines.push_back(entry(*line, row, at));
        newest = std::max(newest, at);
        if (full()) return true;
      }
      if (time_is_up()) return true;
    }
    return false;
  }

  /// What calls that ran beside each other printed, by time. An execution's own lines stay in their
  /// order, whatever was done to the clock.
  void in_time_order() {
    std::map<std::optional<Uuid>, Timestamp> latest;
    std::vector<std::pair<Timestamp, std::size_t>> order;
    for (std::size_t i = 0; i < page_.lines.size(); ++i) {
      Timestamp& ts = latest[page_.lines[i].exec_id];
      ts = std::max(ts, page_.lines[i].ts);
      order.emplace_back(ts, i);
    }
    std::sort(order.begin(), order.end());
    Lines sorted;
    for (const auto& [ts, i] : order) sorted.push_back(std::move(page_.lines[i]));
    page_.lines = std::move(sorted);
  }

  Days& days_;
  const ReadLines& ask_;
  const Clock& clock_;
  const std::chrono::steady_clock::time_point deadline_ =
      std::chrono::steady_clock::now() + search_within;
  std::size_t limit_ = 0;
  std::optional<Cursor> before_;
  std::optional<Cursor> after_;
  bool found_ = false;
  std::size_t bytes_ = 0;
  LinePage page_;
};

}  // namespace

Result<LinePage> find_lines(Days& days, const ReadLines& ask, const Clock& clock) {
  return Search(days, ask, clock).run();
}

}  // namespace kappa::fn_logs
