// A data module that was killed may know too little (a start that had no row yet) or more than we
// do (its answer was lost).
#include "runner/recording.hpp"

#include <thread>

namespace kappa::runner {
namespace {

constexpr std::chrono::milliseconds pause{50};  // a start takes about as long

bool is_away(const Result<Nothing>& written) {
  return !written && written.error().contact != Contact::made;
}

bool is_recorded(data::Data& data, const data::FinishExecution& outcome) {
  const auto known = data.get_execution({outcome.exec_id});
  return known && known->verdict == outcome.verdict && known->started_at == outcome.started_at &&
         known->ended_at == outcome.ended_at;
}

}  // namespace

Result<Nothing> record_outcome(data::Data& data, const data::StartExecution& start,
                               const data::FinishExecution& outcome,
                               std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  auto written = data.finish_execution(outcome);
  while (is_away(written) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(pause);
    written = data.finish_execution(outcome);
  }
  if (written || written.error().code != Code::conflict) return written;
  if (is_recorded(data, outcome)) return Nothing{};
  // Where there is a row, or another lease, this is refused as the outcome was.
  TRY(data.start_execution(start));
  return data.finish_execution(outcome);
}

}  // namespace kappa::runner
