// As many entries as calls may run: walking through them is nothing.
#include "runner/running_calls.hpp"

#include <algorithm>
#include <chrono>

#include "runner/pidfd.hpp"

namespace kappa::runner {
namespace {

constexpr std::chrono::seconds written_within{5};

}  // namespace

RunningCalls::Entry::Entry(RunningCalls& in, const Uuid& exec_id, const Uuid& fn_id)
    : in_(in), exec_id_(exec_id), fn_id_(fn_id) {
  const std::scoped_lock lock(in_.mutex_);
  place_ = in_.entries_.insert(in_.entries_.end(), this);
}

RunningCalls::Entry::~Entry() {
  {
    const std::scoped_lock lock(in_.mutex_);
    in_.entries_.erase(place_);
  }
  in_.ended_.notify_all();
}

void RunningCalls::Entry::run_in(int pidfd) {
  const std::scoped_lock lock(in_.mutex_);
  pidfd_ = pidfd;
  if (!stopped_.empty()) kill_process(pidfd_);
}

void RunningCalls::Entry::leave_process() {
  const std::scoped_lock lock(in_.mutex_);
  pidfd_ = -1;
}

std::string RunningCalls::Entry::stopped() const {
  const std::scoped_lock lock(in_.mutex_);
  return stopped_;
}

void RunningCalls::stop(Entry& entry, const std::string& why) {
  if (entry.stopped_.empty()) entry.stopped_ = why;
  if (entry.pidfd_ >= 0) kill_process(entry.pidfd_);
}

std::list<RunningCalls::Entry*>::iterator RunningCalls::find(const Uuid& exec_id) {
  return std::find_if(entries_.begin(), entries_.end(),
                      [&](const Entry* entry) { return entry->exec_id_ == exec_id; });
}

bool RunningCalls::stop(const Uuid& exec_id, const std::string& why) {
  std::unique_lock lock(mutex_);
  const auto at = find(exec_id);
  if (at == entries_.end()) return false;
  stop(**at, why);
  ended_.wait_for(lock, written_within, [&] { return find(exec_id) == entries_.end(); });
  return true;
}

void RunningCalls::stop_function(const Uuid& fn_id, const std::string& why) {
  const auto is_its = [&](const Entry* entry) { return entry->fn_id_ == fn_id; };
  std::unique_lock lock(mutex_);
  for (Entry* entry : entries_) {
    if (is_its(entry)) stop(*entry, why);
  }
  ended_.wait_for(lock, written_within,
                  [&] { return std::none_of(entries_.begin(), entries_.end(), is_its); });
}

}  // namespace kappa::runner
