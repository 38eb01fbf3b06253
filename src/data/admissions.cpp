// Put at the start, taken at the end.
#include "data/admissions.hpp"

namespace kappa::data {

void Admissions::put(const Uuid& exec_id, Admission admission) {
  const std::lock_guard lock(mutex_);
  open_.erase(exec_id);
  open_.emplace(exec_id, std::move(admission));
}

std::optional<Admission> Admissions::take(const FinishExecution& ask) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(ask.exec_id);
  if (at == open_.end()) return std::nullopt;
  const StartExecution& start = at->second.start->ask;
  if (start.attempt != ask.attempt || start.lease != ask.lease) return std::nullopt;
  std::optional<Admission> taken(std::move(at->second));
  open_.erase(at);
  return taken;
}

void Admissions::drop(const TakeLease& ask) {
  const std::lock_guard lock(mutex_);
  std::erase_if(open_, [&](const auto& entry) {
    const StartExecution& start = entry.second.start->ask;
    return start.runner == ask.runner && start.lease != ask.lease;
  });
}

void Admissions::drop(const std::vector<Uuid>& exec_ids) {
  const std::lock_guard lock(mutex_);
  for (const Uuid& exec_id : exec_ids) open_.erase(exec_id);
}

}  // namespace kappa::data
