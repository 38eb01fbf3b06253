// A data module that was killed may know too little (a start that had no row yet) or more than we
// do (its answer was lost).
#include "runner/recording.hpp"

#include <thread>

#include "rpc/errors.hpp"

namespace kappa::runner {
namespace {

constexpr std::chrono::milliseconds pause{50};  // a start takes about as long

bool is_away(const Result<Nothing>& written) {
  return !written && written.error().contact != Contact::made;
}

/// Told by what was measured: the ledger may have corrected the times of day.
bool is_recorded(data::Data& data, const data::FinishExecution& outcome) {
  const auto known = data.get_execution({outcome.exec_id});
  return known && known->attempt == outcome.attempt && known->verdict == outcome.verdict &&
         known->wall_us == outcome.wall_us && known->start_us == outcome.start_us &&
         known->queued_us == outcome.queued_us && known->cpu_us == outcome.cpu_us;
}

}  // namespace

Result<Nothing> record_start(data::Data& data, Lease& lease, const data::StartExecution& start) {
  auto started = data.start_execution(start);
  if (!started && started.error().code == Code::conflict) {
    TRY(lease.begin_again());
    started = data.start_execution(start);
  }
  if (!started && rpc::is_in_doubt(started.error())) {
    (void)data.lose_execution({start.exec_id, start.fn_id, start.user_id, start.fn_name,
                               start.fn_version, "nothing was run: the ledger gave no answer",
                               start.queued_at, start.attempt});
  }
  return started;
}

Result<Nothing> record_outcome(data::Data& data, Peers& peers, const data::StartExecution& start,
                               const data::FinishExecution& outcome,
                               std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  auto written = peers.noted(data.finish_execution(outcome));
  while (is_away(written) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(pause);
    written = peers.noted(data.finish_execution(outcome));
  }
  if (written || written.error().code != Code::conflict) return written;
  if (is_recorded(data, outcome)) return Nothing{};
  // Where there is a row, or another lease, this is refused as the outcome was.
  TRY(peers.noted(data.start_execution(start)));
  return peers.noted(data.finish_execution(outcome));
}

}  // namespace kappa::runner
