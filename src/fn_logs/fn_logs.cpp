// What functions printed, were given and gave back, by day.
#include "fn_logs/fn_logs.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "base/random.hpp"
#include "fn_logs/backlog.hpp"
#include "fn_logs/days.hpp"
#include "fn_logs/exchanges.hpp"
#include "fn_logs/pieces.hpp"
#include "store/newest.hpp"

namespace kappa::fn_logs {
namespace {

constexpr std::size_t row_bytes = 512;  // a row without its pieces

/// Columns: fn_id, exec_id, ts, pieces.
Result<Nothing> append_rows(store::Rows rows, std::vector<Output>& outputs) {
  while (TRY(rows.next())) {
    const Timestamp ts = rows.timestamp(2);
    auto pieces = TRY(decode(rows.text(3), ts));
    outputs.push_back({rows.uuid(0), rows.uuid(1), ts, std::move(pieces)});
  }
  return Nothing{};
}

/// The first day an execution can have printed on: its id, if it is of version 7, begins with the
/// milliseconds of its making. One day less, for clocks that were set back.
Day first_day(const Uuid& exec_id) {
  if (exec_id.bytes[6] >> 4 != 7) return 0;
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | exec_id.bytes[i];
  return day_of({ms * 1000}) - 1;
}

/// A row on its way into its day's file, which stays open until it is there.
struct Row {
  Row(DayFile file_, const Output& output, std::string pieces_)
      : file(std::move(file_)),
        fn_id(output.fn_id),
        exec_id(output.exec_id),
        ts(output.ts),
        pieces(std::move(pieces_)),
        exchange(output.exchange) {}
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  ~Row() {
    if (kept.valid()) kept.wait();  // nobody asked: the job still refers to this
  }

  Result<Nothing> insert(store::Database& db) const {
    if (exchange) TRY(insert_exchange(db, fn_id, exec_id, *exchange));
    // An output that is sent again is the same row.
    return db.run(
        "INSERT INTO output (fn_id, exec_id, ts, pieces) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (exec_id, ts) DO NOTHING",
        {fn_id, exec_id, ts, store::as_bytes(pieces)});
  }

  DayFile file;
  const Uuid fn_id;
  const Uuid exec_id;
  const Timestamp ts;
  const std::string pieces;
  const std::optional<Exchange> exchange;
  std::future<Result<Nothing>> kept;
};

class DailyFnLogs final : public FnLogs {
 public:
  DailyFnLogs(const std::filesystem::path& directory, const Clock& clock)
      : days_(directory, clock) {}

  /// Opens a day's file, so that a folder that cannot be written is known at start.
  Result<Nothing> prepare(Day day) {
    TRY(days_.open(day));
    return Nothing{};
  }

  Result<Nothing> append(const Output& ask) override { return begin_append(ask)(); }

  Kept begin_append(const Output& ask) override {
    if (ask.pieces.empty() && ask.exchange) return [kept = backlog_.add(ask)] { return kept; };
    std::string pieces = encode(ask);
    auto file = days_.open(day_of(ask.ts));
    if (!file) return [error = std::move(file).error()] { return error; };
    auto place = (*file)->writer().reserve(pieces.size() + row_bytes +
                                           (ask.exchange ? bytes_of(*ask.exchange) : 0));
    if (!place) return [error = std::move(place).error()] { return error; };
    const auto row = std::make_shared<Row>(*std::move(file), ask, std::move(pieces));
    row->kept = row->file->writer().submit(
        [at = row.get()](store::Database& db) { return at->insert(db); }, *std::move(place));
    return [row] { return row->kept.get(); };
  }

  Result<Outputs> read_function(const ReadFunction& ask) override {
    const auto limit = static_cast<std::size_t>(TRY(store::newest(ask.limit)));
    Outputs found;
    for (const Day day : TRY(days_.list())) {
      if (found.outputs.size() == limit) break;
      const auto left = static_cast<std::int64_t>(limit - found.outputs.size());
      auto file = TRY(days_.open(day));
      TRY(file->read([&](store::Database& db) {
        return append_rows(db.query("SELECT fn_id, exec_id, ts, pieces FROM output WHERE fn_id = ? "
                                    "ORDER BY ts DESC, output_id DESC LIMIT ?",
                                    {ask.fn_id, left}),
                           found.outputs);
      }));
    }
    std::reverse(found.outputs.begin(), found.outputs.end());
    return found;
  }

  Result<Outputs> read_execution(const ReadExecution& ask) override {
    const Day first = first_day(ask.exec_id);
    Outputs found;
    for (const Day day : TRY(days_.list())) {
      if (day < first) break;
      auto file = TRY(days_.open(day));
      TRY(file->read([&](store::Database& db) {
        return append_rows(db.query("SELECT fn_id, exec_id, ts, pieces FROM output "
                                    "WHERE exec_id = ? ORDER BY ts DESC",
                                    {ask.exec_id}),
                           found.outputs);
      }));
    }
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

  Result<Nothing> erase_function(const EraseFunction& ask) override {
    for (const Day day : TRY(days_.list())) {
      auto file = TRY(days_.open(day));
      Backlog::settle(*file);
      const auto has_rows = [&](store::Database& db) -> Result<bool> {
        return db
            .query(
                "SELECT 1 FROM output WHERE fn_id = ?1 UNION ALL "
                "SELECT 1 FROM exchange WHERE fn_id = ?1 LIMIT 1",
                {ask.fn_id})
            .next();
      };
      if (!TRY(file->read(has_rows))) continue;
      const auto erase = [&](store::Database& db) -> Result<Nothing> {
        TRY(db.run("DELETE FROM exchange WHERE fn_id = ?", {ask.fn_id}));
        return db.run("DELETE FROM output WHERE fn_id = ?", {ask.fn_id});
      };
      TRY(file->write(erase, row_bytes, store::Afterwards::scrub));
    }
    return Nothing{};
  }

 private:
  Days days_;
  Backlog backlog_{days_};  // behind what it writes to
};

}  // namespace

std::unique_ptr<FnLogs> open_fn_logs(const std::filesystem::path& directory, const Clock& clock) {
  std::error_code failed;
  std::filesystem::create_directory(directory, failed);
  if (failed) {
    throw std::runtime_error(directory.string() + " cannot be made: " + failed.message() +
                             "; check that its folder exists and belongs to this user");
  }
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  auto fn_logs = std::make_unique<DailyFnLogs>(directory, clock);
  const auto prepared = fn_logs->prepare(day_of(clock.now()));
  if (!prepared) throw std::runtime_error(prepared.error().detail);
  return fn_logs;
}

}  // namespace kappa::fn_logs
