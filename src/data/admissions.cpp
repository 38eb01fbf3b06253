// Put at the start, taken at the end.
#include "data/admissions.hpp"

namespace kappa::data {

bool Admissions::put(const Uuid& exec_id, Admission admission) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(exec_id);
  if (at != open_.end()) {
    if (at->second.start->ask.attempt >= admission.start->ask.attempt) return false;
    open_.erase(at);
  }
  auto start = admission.start;
  open_.emplace(exec_id, Open{std::move(start), std::move(admission)});
  return true;
}

std::optional<Admission> Admissions::take(const FinishExecution& ask) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(ask.exec_id);
  if (at == open_.end()) return std::nullopt;
  const StartExecution& start = at->second.start->ask;
  if (start.attempt != ask.attempt || start.lease != ask.lease) return std::nullopt;
  std::optional<Admission> taken(std::move(at->second.admission));
  at->second.admission.reset();
  return taken;
}

void Admissions::end(const FinishExecution& ask) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(ask.exec_id);
  if (at == open_.end() || at->second.start->ask.attempt != ask.attempt) return;
  if (!at->second.admission) open_.erase(at);
}

std::shared_ptr<Start> Admissions::find(const Uuid& exec_id, std::int64_t attempt) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(exec_id);
  if (at == open_.end() || at->second.start->ask.attempt > attempt) return nullptr;
  return at->second.start;
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

void Admissions::drop(const Uuid& exec_id, std::int64_t attempt) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(exec_id);
  if (at != open_.end() && at->second.start->ask.attempt <= attempt) open_.erase(at);
}

}  // namespace kappa::data
