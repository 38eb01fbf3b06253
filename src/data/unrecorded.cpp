// Put by, and closed together.
#include "data/unrecorded.hpp"

#include <utility>

#include "base/log.hpp"

namespace kappa::data {
namespace {

constexpr std::size_t row_bytes = 128;

Result<Nothing> close(store::Database& db, const FinishExecution& ask) {
  return db.run(
      "UPDATE execution SET verdict = 'runner_lost', ended_at = ?, "
      "detail = 'it ended, and its outcome could not be recorded' "
      "WHERE exec_id = ? AND attempt = ? AND lease = ? AND verdict IS NULL",
      {ask.ended_at, ask.exec_id, ask.attempt, ask.lease});
}

}  // namespace

void Unrecorded::add(const FinishExecution& ask) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(ask);
  any_ = true;
}

void Unrecorded::settle(store::File& file) {
  if (!any_) return;
  std::vector<FinishExecution> closing;
  {
    const std::lock_guard lock(mutex_);
    closing.swap(waiting_);
    any_ = false;
  }
  const auto update = [&](store::Database& db) -> Result<Nothing> {
    for (const FinishExecution& ask : closing) TRY(close(db, ask));
    return Nothing{};
  };
  const auto closed = file.write(update, closing.size() * row_bytes);
  if (closed) return;
  log::warning("outcomes not closed yet", {{"reason", closed.error().detail}});
  for (const FinishExecution& ask : closing) add(ask);
}

}  // namespace kappa::data
