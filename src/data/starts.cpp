// One job in the writer's queue for all that wait.
#include "data/starts.hpp"

#include <chrono>

#include "data/execution_rows.hpp"

namespace kappa::data {

Result<std::shared_ptr<Start>> Starts::add(const StartExecution& ask) {
  const auto start = std::make_shared<Start>();
  start->ask = ask;
  {
    const std::scoped_lock lock(mutex_);
    // A job that has its answer and never ran is one that the file refused.
    const bool refused =
        scheduled_ && written_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    if (refused) waiting_.clear();
    if (!scheduled_ || refused) TRY(schedule());
    start->written = written_;
    waiting_.push_back(start);
  }
  // While the file takes nothing, the row is waited for: what could not be recorded must not run.
  if (file_.writer().failing()) {
    file_.writer().hurry();
    TRY(start->written.get());
  }
  return start;
}

Result<Nothing> Starts::schedule() {
  store::Writer& writer = file_.writer();
  auto place = TRY(writer.reserve(0));
  written_ =
      writer
          .submit([this, batch = Batch()](store::Database& db) mutable { return write(db, batch); },
                  std::move(place), store::Afterwards::nothing, store::Haste::soon)
          .share();
  scheduled_ = true;
  return Nothing{};
}

Result<Nothing> Starts::write(store::Database& db, Batch& batch) {
  if (batch.empty()) {  // else it runs again, and others may wait by now
    const std::scoped_lock lock(mutex_);
    batch.swap(waiting_);
    scheduled_ = false;
  }
  for (const auto& start : batch) {
    start->has_row = false;
    if (start->overtaken) continue;
    auto written = insert_start(db, start->ask);
    start->has_row = written.has_value();
    // One that cannot start is told so with its outcome; the others are written.
    if (!written && written.error().code != Code::conflict) return written;
  }
  return Nothing{};
}

void Starts::settle() {
  std::unique_lock lock(mutex_);
  const auto written = written_;
  lock.unlock();
  if (!written.valid()) return;
  file_.writer().hurry();
  written.wait();
}

}  // namespace kappa::data
