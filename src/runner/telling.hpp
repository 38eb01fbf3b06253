// What a call prints, on its way into the logs: while it runs, and at its end.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "kappa/data.hpp"
#include "kappa/fn_logs.hpp"
#include "runner/capture.hpp"

namespace kappa::runner {

/// One call's. Used by one thread; what it is given outlives it.
class Telling {
 public:
  Telling(fn_logs::FnLogs& fn_logs, const data::StartExecution& start, const Clock& clock)
      : fn_logs_(fn_logs), start_(start), clock_(clock) {}

  /// Takes the whole lines of a call that goes on; while many are on their way they stay there.
  /// Waits for nothing.
  void go_on(Capture& printed);
  /// The rest. The result is to be called before anybody is told that it is kept.
  fn_logs::Kept end(std::vector<fn_logs::Piece> pieces, Timestamp ended_at, Verdict verdict,
                    const std::string& detail, std::optional<fn_logs::Exchange> exchange);

 private:
  fn_logs::Output part(std::vector<fn_logs::Piece> pieces, Timestamp ts);
  void settle_first();

  fn_logs::FnLogs& fn_logs_;
  const data::StartExecution& start_;
  const Clock& clock_;
  std::int64_t parts_ = 0;
  Timestamp last_;
  std::deque<fn_logs::Kept> kept_;
  Result<Nothing> failed_ = Nothing{};  ///< the first that could not be kept
};

/// An execution that was lost with the life of a runner before, as the last of its lines. One whose
/// function was deleted meanwhile has none.
void tell_lost(const Uuid& exec_id, data::Data& data, fn_logs::FnLogs& fn_logs);

}  // namespace kappa::runner
