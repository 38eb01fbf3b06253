// One job a day file for all that wait.
#include "fn_logs/backlog.hpp"

#include <chrono>

#include "base/log.hpp"
#include "fn_logs/exchanges.hpp"
#include "fn_logs/user_bytes.hpp"

namespace kappa::fn_logs {
namespace {

bool has_come(const std::shared_future<Result<Nothing>>& answer) {
  return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace

Backlog::~Backlog() {
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto first = pending_.begin();
    if (first == pending_.end()) return;
    const Day day = first->first;
    const auto written = first->second.written;
    first->second.file->writer().hurry();
    lock.unlock();
    written.wait();
    lock.lock();
    pending_.erase(day);  // still there when its job never ran
  }
}

Result<Nothing> Backlog::add(const Output& output) {
  const Day day = day_of(output.ts);
  auto file = TRY(days_.open(day));
  store::Writer& writer = file->writer();
  auto place = TRY(writer.reserve(bytes_of(*output.exchange)));
  // While the file takes nothing, its answer is waited for.
  const bool failing = writer.failing();
  const auto written =
      TRY(put(day, std::move(file),
              {output.fn_id, output.exec_id, output.user_id, *output.exchange, std::move(place)}));
  if (!failing) return Nothing{};
  const auto again = TRY(days_.open(day));
  again->writer().hurry();
  auto answer = written.get();
  if (!answer && answer.error().code == Code::internal) again.distrust();
  return answer;
}

Result<std::shared_future<Result<Nothing>>> Backlog::put(Day day, DayFile file, Row row) {
  const std::lock_guard lock(mutex_);
  const auto refused = pending_.find(day);
  // A job that has its answer and never ran is one that the file refused.
  if (refused != pending_.end() && has_come(refused->second.written)) {
    log::warning("inputs and results not kept", {{"count", refused->second.rows.size()}});
    pending_.erase(refused);
  }
  if (!pending_.contains(day)) TRY(schedule(day, std::move(file)));
  Pending& pending = pending_.at(day);
  pending.rows.push_back(std::move(row));
  return pending.written;
}

Result<Nothing> Backlog::schedule(Day day, DayFile file) {
  store::Writer& writer = file->writer();
  auto place = TRY(writer.reserve(0));
  auto& pending = pending_.emplace(day, Pending{std::move(file)}).first->second;
  pending.written = writer
                        .submit([this, day, rows = std::make_shared<Rows>()](
                                    store::Database& db) { return write(db, day, *rows); },
                                std::move(place), store::Afterwards::nothing, store::Haste::soon)
                        .share();
  return Nothing{};
}

Result<Nothing> Backlog::write(store::Database& db, Day day, Rows& rows) {
  if (rows.empty()) {  // else it runs again, and others may wait by now
    const std::lock_guard lock(mutex_);
    const auto pending = pending_.find(day);
    rows = std::move(pending->second.rows);
    pending_.erase(pending);
  }
  Totals written;
  for (const Row& row : rows)
    written[row.user_id] +=
        TRY(insert_exchange(db, row.fn_id, row.exec_id, row.user_id, row.exchange));
  for (const auto& [user_id, bytes] : written) TRY(add_user_bytes(db, user_id, bytes));
  return Nothing{};
}

void Backlog::settle(store::File& file) {
  file.writer().hurry();
  const auto nothing = [](store::Database&) -> Result<Nothing> { return Nothing{}; };
  // Behind what was added; whether that could be written is not this one's to say.
  (void)file.write(nothing);
}

}  // namespace kappa::fn_logs
