// Put by, and written together.
#include "data/unrecorded.hpp"

#include <vector>

#include "base/log.hpp"

namespace kappa::data {
namespace {

constexpr std::size_t row_bytes = 512;

}  // namespace

void Unrecorded::add(const Loss& loss) {
  const std::lock_guard lock(mutex_);
  waiting_.insert_or_assign(loss.ask.exec_id, loss);
  any_ = true;
}

void Unrecorded::add(const StartExecution& start, const FinishExecution& end) {
  add({{start.exec_id, start.fn_id, start.user_id, start.fn_name, start.fn_version,
        "it ended, and its outcome could not be recorded", start.queued_at, start.attempt},
       start,
       end.ended_at});
}

std::optional<StartExecution> Unrecorded::find(const Uuid& exec_id, std::int64_t attempt) const {
  if (!any_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto at = waiting_.find(exec_id);
  if (at == waiting_.end() || at->second.ask.attempt > attempt) return std::nullopt;
  return at->second.begun;
}

void Unrecorded::settle(store::File& file) {
  if (!any_) return;
  std::vector<Loss> closing;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [exec_id, loss] : waiting_) closing.push_back(loss);
  }
  const auto update = [&](store::Database& db) -> Result<Nothing> {
    for (const Loss& loss : closing) TRY(lose_one(db, loss));
    return Nothing{};
  };
  const auto closed = file.write(update, closing.size() * row_bytes);
  if (!closed) return log::warning("outcomes not closed yet", {{"reason", closed.error().detail}});
  const std::lock_guard lock(mutex_);
  for (const Loss& loss : closing) {
    const auto at = waiting_.find(loss.ask.exec_id);
    if (at != waiting_.end() && at->second.ask.attempt == loss.ask.attempt) waiting_.erase(at);
  }
  any_ = !waiting_.empty();
}

}  // namespace kappa::data
