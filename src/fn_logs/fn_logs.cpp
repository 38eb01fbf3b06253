// What functions printed, were given and gave back, by day.
#include "fn_logs/fn_logs.hpp"

#include <algorithm>
#include <atomic>
#include <boost/describe/enum_to_string.hpp>
#include <chrono>
#include <future>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <system_error>

#include "base/random.hpp"
#include "fn_logs/backlog.hpp"
#include "fn_logs/damaged.hpp"
#include "fn_logs/days.hpp"
#include "fn_logs/exchanges.hpp"
#include "fn_logs/line_search.hpp"
#include "fn_logs/pieces.hpp"
#include "fn_logs/retention.hpp"
#include "fn_logs/slices.hpp"
#include "fn_logs/user_bytes.hpp"
#include "fn_logs/waiting.hpp"
#include "store/newest.hpp"

namespace kappa::fn_logs {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t row_bytes = 512;  // a row without its pieces
constexpr std::int64_t most_wait_ms = 1'000;
// Of executions together: a client takes 16 MiB of JSON, in which a byte can be six.
constexpr std::int64_t most_bytes_read = 2 << 20;
constexpr std::chrono::milliseconds first_pause{1};
constexpr std::chrono::milliseconds longest_pause{50};

/// Columns: fn_id, exec_id, ts, pieces, part. No further than some bytes beyond `most_bytes`.
Result<Nothing> append_rows(store::Rows rows, std::vector<Output>& outputs,
                            std::int64_t most_bytes = INT64_MAX) {
  while (most_bytes > 0 && TRY(rows.next())) {
    const Timestamp ts = rows.timestamp(2);
    auto pieces = TRY(decode(rows.text(3), ts));
    most_bytes -= std::ssize(rows.text(3));
    outputs.push_back({rows.uuid(0), rows.uuid(1), ts, std::move(pieces), 0, rows.integer(4)});
  }
  return Nothing{};
}

std::int64_t bytes_of(const std::vector<Output>& outputs) {
  std::int64_t bytes = 0;
  for (const Output& output : outputs) {
    for (const Piece& piece : output.pieces) bytes += std::ssize(piece.text);
  }
  return bytes;
}

/// A row on its way into its day's file, which stays open until it is there.
struct Row {
  Row(DayFile file_, const Output& output, std::string pieces_)
      : file(std::move(file_)),
        told{output.fn_id,   output.exec_id, output.ts,   {},
             output.user_id, output.part,    output.last, output.queued_at,
             output.verdict, output.detail},
        pieces(std::move(pieces_)),
        exchange(output.exchange) {}
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  ~Row() {
    if (kept.valid()) kept.wait();  // nobody asked: the job still refers to this
  }

  std::int64_t bytes() const { return static_cast<std::int64_t>(pieces.size()) + row_overhead; }
  std::int64_t counted() const { return bytes() + (exchange ? counted_bytes(*exchange) : 0); }

  Result<Nothing> insert(store::Database& db) const {
    std::int64_t written = 0;
    if (exchange)
      written = TRY(insert_exchange(db, told.fn_id, told.exec_id, told.user_id, *exchange));
    const store::Value none = std::nullopt;
    // An output that is sent again is the same row.
    TRY(db.run(
        "INSERT INTO output (fn_id, exec_id, ts, pieces, user_id, part, last, queued_at, "
        "verdict, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (exec_id, ts) DO NOTHING",
        {told.fn_id, told.exec_id, told.ts, store::as_bytes(pieces), told.user_id, told.part,
         std::int64_t{told.last}, told.queued_at ? store::Value(*told.queued_at) : none,
         told.verdict ? store::Value(boost::describe::enum_to_string(*told.verdict, "")) : none,
         told.verdict ? store::Value(told.detail) : none}));
    written += db.changes() * bytes();
    return add_user_bytes(db, told.user_id, written);
  }

  DayFile file;
  const Output told;  ///< without its pieces
  const std::string pieces;
  const std::optional<Exchange> exchange;
  std::future<Result<Nothing>> kept;
};

class DailyFnLogs final : public FnLogs {
 public:
  DailyFnLogs(const std::filesystem::path& directory, const Clock& clock,
              const RetentionOptions& retention)
      : directory_(directory),
        clock_(clock),
        days_(directory, clock),
        retention_(days_, retention, clock) {}

  /// Opens a day's file, so that a folder that cannot be written is known at start.
  Result<Nothing> prepare(Day day) {
    TRY(days_.open(day));
    return Nothing{};
  }

  Result<Nothing> append(const Output& ask) override { return begin_append(ask).wait(); }

  Kept begin_append(const Output& ask) override {
    const bool says_nothing = ask.pieces.empty() && ask.part == 0 && ask.last && !ask.verdict;
    if (says_nothing && ask.exchange) {
      retention_.add(ask.user_id, counted_bytes(*ask.exchange));
      return kept_already(backlog_.add(ask));
    }
    const Day day = day_for(ask.ts);
    if (day != day_of(ask.ts)) {  // perhaps it is sent again, and was written before midnight
      const auto written = is_written(day_of(ask.ts), ask);
      if (!written) return kept_already(written.error());
      if (*written) return kept_already(Nothing{});
    }
    std::string pieces = encode(ask);
    auto file = days_.open(day);
    if (!file) return kept_already(std::move(file).error());
    auto place = (*file)->writer().reserve(pieces.size() + row_bytes +
                                           (ask.exchange ? bytes_of(*ask.exchange) : 0));
    if (!place) return kept_already(std::move(place).error());
    const auto row = std::make_shared<Row>(*std::move(file), ask, std::move(pieces));
    retention_.add(ask.user_id, row->counted());
    row->kept = row->file->writer().submit(
        [at = row.get()](store::Database& db) { return at->insert(db); }, *std::move(place));
    waiting_.tell(ask.fn_id);
    return {
        [row] {
          auto kept = row->kept.get();
          if (!kept && kept.error().code == Code::internal) row->file.distrust();
          return kept;
        },
        [row] { return row->kept.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }};
  }

  Result<Outputs> read_function(const ReadFunction& ask) override {
    const auto limit = static_cast<std::size_t>(TRY(store::newest(ask.limit)));
    Outputs found;
    for (const Day day : TRY(days_.list())) {
      const std::int64_t bytes_left = most_bytes_read - bytes_of(found.outputs);
      if (found.outputs.size() == limit || bytes_left <= 0) break;
      const auto left = static_cast<std::int64_t>(limit - found.outputs.size());
      auto file = TRY(days_.open(day));
      TRY(file->read([&](store::Database& db) {
        return append_rows(
            db.query("SELECT fn_id, exec_id, ts, pieces, part FROM output WHERE fn_id = ? "
                     "AND last = 1 ORDER BY output_id DESC LIMIT ?",
                     {ask.fn_id, left}),
            found.outputs, bytes_left);
      }));
    }
    TRY(complete(found));
    std::reverse(found.outputs.begin(), found.outputs.end());
    std::stable_sort(found.outputs.begin(), found.outputs.end(),
                     [](const Output& a, const Output& b) { return a.ts < b.ts; });
    return found;
  }

  Result<Outputs> read_execution(const ReadExecution& ask) override {
    const Day first = first_day(ask.exec_id);
    Outputs found;
    for (const Day day : TRY(days_.list())) {
      if (day < first) break;
      auto file = TRY(days_.open(day));
      TRY(file->read([&](store::Database& db) {
        return append_rows(db.query("SELECT fn_id, exec_id, ts, pieces, part FROM output "
                                    "WHERE exec_id = ? AND last = 1 ORDER BY ts DESC",
                                    {ask.exec_id}),
                           found.outputs);
      }));
    }
    for (Output& output : found.outputs) TRY(add_earlier_parts(output));
    std::reverse(found.outputs.begin(), found.outputs.end());
    return found;
  }

  Result<Exchange> read_exchange(const ReadExchange& ask) override {
    const Day first = first_day(ask.exec_id);
    auto days = TRY(days_.list());
    std::reverse(days.begin(), days.end());  // most end on the day they began
    for (const Day day : days) {
      if (day < first) continue;
      auto file = TRY(days_.open(day));
      Backlog::settle(*file);
      auto found = TRY(file->read([&](store::Database& db) { return find_exchange(db, ask); }));
      if (found) return *std::move(found);
    }
    return Error{Code::not_found, "nothing is kept of execution " + to_text(ask.exec_id)};
  }

  Result<LinePage> read_lines(const ReadLines& ask) override {
    const std::int64_t wait_ms = ask.after ? ask.wait_ms.value_or(0) : 0;
    if (wait_ms < 0 || wait_ms > most_wait_ms)
      return Error{Code::invalid, "", {{"/wait_ms", "expected 0 to 1000"}}};
    if (wait_ms == 0) return find_lines(days_, ask, clock_);
    const auto end = steady_clock::now() + std::chrono::milliseconds(wait_ms);
    Waiting::Place place(waiting_, ask.fn_id);  // before the first look: nothing is missed
    auto page = TRY(find_lines(days_, ask, clock_));
    while (page.lines.empty() && steady_clock::now() < end) {
      if (!place.wait_until(end)) break;
      // What is being written is there when it is committed: within a millisecond, or a second.
      for (auto pause = first_pause; page.lines.empty() && steady_clock::now() < end;
           pause = std::min(2 * pause, longest_pause)) {
        page = TRY(find_lines(days_, ask, clock_));
        if (page.lines.empty()) place.wait_until(std::min(end, steady_clock::now() + pause));
      }
    }
    return page;
  }

  Result<FunctionPage> list_functions(const ListFunctions& ask) override {
    const auto limit = static_cast<std::size_t>(TRY(store::newest(ask.limit)));
    std::set<Uuid> found;
    for (const Day day : TRY(days_.list())) {
      auto file = TRY(days_.open(day));
      found.merge(TRY(
          file->read([&](store::Database& db) { return functions_in(db, ask.after, limit + 1); })));
      while (found.size() > limit + 1) found.erase(std::prev(found.end()));
    }
    FunctionPage page{{found.begin(), found.end()}, {}};
    if (found.size() <= limit) return page;
    page.functions.pop_back();
    page.next = page.functions.back();
    return page;
  }

  Result<Nothing> erase_function(const EraseFunction& ask) override {
    Result<Nothing> all = Nothing{};
    for (const Day day : TRY(days_.list())) {
      auto erased = erase_on(day, ask.fn_id);
      if (!erased) all = std::move(erased);  // the other days' go all the same
    }
    return all;
  }

  Result<LogsCondition> inspect(const Inspect&) override {
    LogsCondition condition{TRY(set_aside_in(directory_)), {}};
    if (auto kept = check(); !kept) condition.failing = std::move(kept).error().detail;
    return condition;
  }

 private:
  Result<Nothing> erase_on(Day day, const Uuid& fn_id) {
    auto file = TRY(days_.open(day));
    Backlog::settle(*file);
    bool erased = false;
    for (;;) {
      const Slice slice =
          TRY(file->read([&](store::Database& db) { return some_of_function(db, fn_id); }));
      if (slice.empty()) break;
      TRY(file->write([&](store::Database& db) { return erase(db, slice); }, row_bytes));
      retention_.erased(day);
      erased = true;
    }
    if (!erased) return Nothing{};
    const auto nothing = [](store::Database&) -> Result<Nothing> { return Nothing{}; };
    return file->write(nothing, row_bytes, store::Afterwards::scrub);
  }

  /// Whether today's file takes something.
  Result<Nothing> check() {
    const auto file = TRY(days_.open(day_for(clock_.now())));
    // Writes the first page anew as it is.
    return file->check([](store::Database& db) { return db.run("PRAGMA user_version = 0"); });
  }

  /// The day of its time; but once a day has begun, nothing is written behind whoever follows it
  /// because a clock was set back over midnight.
  Day day_for(Timestamp ts) {
    const Day day = day_of(ts);
    Day newest = newest_day_;
    while (newest < day && !newest_day_.compare_exchange_weak(newest, day)) continue;
    return newest - day == 1 ? newest : day;
  }

  /// Whether that day's file has this output, or is about to.
  Result<bool> is_written(Day day, const Output& ask) {
    bool written = false;
    auto file = TRY(days_.open(day));
    const auto look = [&](store::Database& db) -> Result<Nothing> {
      auto rows =
          db.query("SELECT 1 FROM output WHERE exec_id = ? AND ts = ?", {ask.exec_id, ask.ts});
      written = TRY(rows.next());
      return Nothing{};
    };
    TRY(file->write(look, row_bytes));  // behind all that is on its way into the file
    return written;
  }

  /// Makes each whole, from the newest on, as many as have room.
  Result<Nothing> complete(Outputs& found) {
    std::int64_t left = most_bytes_read;
    std::size_t count = 0;
    for (; count < found.outputs.size() && left > 0; ++count) {
      TRY(add_earlier_parts(found.outputs[count]));
      for (const Piece& piece : found.outputs[count].pieces) left -= std::ssize(piece.text);
    }
    found.more = left <= 0;
    found.outputs.resize(count);
    return Nothing{};
  }

  /// Makes an execution's last part the whole of it.
  Result<Nothing> add_earlier_parts(Output& output) {
    if (output.part == 0) return Nothing{};
    std::vector<Output> parts;
    const Day first = first_day(output.exec_id);
    for (const Day day : TRY(days_.list())) {
      if (day < first || std::ssize(parts) == output.part) break;
      auto file = TRY(days_.open(day));
      TRY(file->read([&](store::Database& db) {
        return append_rows(db.query("SELECT fn_id, exec_id, ts, pieces, part FROM output "
                                    "WHERE exec_id = ? AND last = 0",
                                    {output.exec_id}),
                           parts);
      }));
    }
    parts.push_back(std::move(output));
    std::sort(parts.begin(), parts.end(),
              [](const Output& a, const Output& b) { return a.part < b.part; });
    output = std::move(parts.back());
    parts.pop_back();
    std::vector<Piece> pieces;
    for (Output& part : parts)
      std::move(part.pieces.begin(), part.pieces.end(), std::back_inserter(pieces));
    std::move(output.pieces.begin(), output.pieces.end(), std::back_inserter(pieces));
    output.pieces = std::move(pieces);
    output.part = 0;
    return Nothing{};
  }

  const std::filesystem::path directory_;
  const Clock& clock_;
  Days days_;
  Waiting waiting_;
  std::atomic<Day> newest_day_ = 0;
  Retention retention_;
  Backlog backlog_{days_};  // behind what it writes to
};

}  // namespace

std::unique_ptr<FnLogs> open_fn_logs(const std::filesystem::path& directory, const Clock& clock,
                                     const RetentionOptions& retention) {
  std::error_code failed;
  std::filesystem::create_directory(directory, failed);
  if (failed) {
    throw std::runtime_error(directory.string() + " cannot be made: " + failed.message() +
                             "; check that its folder exists and belongs to this user");
  }
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  auto fn_logs = std::make_unique<DailyFnLogs>(directory, clock, retention);
  const auto prepared = fn_logs->prepare(day_of(clock.now()));
  if (!prepared) throw std::runtime_error(prepared.error().detail);
  return fn_logs;
}

}  // namespace kappa::fn_logs
