// What a call prints, on its way into the logs: while it runs, and at its end.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "kappa/data.hpp"
#include "kappa/fn_logs.hpp"
#include "runner/capture.hpp"

namespace kappa::runner {

/// One call's. Used by one thread; what it is given outlives it. What cannot be kept at present, as
/// while another process has locked the file, is sent again.
class Telling {
 public:
  /// `unwanted` is asked before something is sent again: of a function that was deleted nothing is.
  /// `failing` becomes true when something cannot be kept.
  Telling(fn_logs::FnLogs& fn_logs, const data::StartExecution& start, const Clock& clock,
          std::function<bool()> unwanted, std::atomic<bool>& failing)
      : fn_logs_(fn_logs),
        start_(start),
        clock_(clock),
        unwanted_(std::move(unwanted)),
        failing_(failing) {}

  /// Takes the whole lines of a call that goes on; while many are on their way they stay there.
  /// Waits for nothing.
  void go_on(Capture& printed);
  /// The rest. Does not wait until it is kept.
  void end(std::vector<fn_logs::Piece> pieces, Timestamp ended_at, Verdict verdict,
           const std::string& detail, std::optional<fn_logs::Exchange> exchange);
  /// Waits until all is kept, and sends again for so long what is not. To be called before anybody
  /// is told that it is kept; the error is that of the first which is not.
  Result<Nothing> settle(std::chrono::milliseconds patience);

 private:
  /// What is kept until it is known to be there.
  struct UnderWay {
    fn_logs::Output output;
    fn_logs::Kept kept;
    std::optional<Result<Nothing>> outcome = {};  ///< once it is known
    int tries = 1;
    std::chrono::steady_clock::time_point sent_at = std::chrono::steady_clock::now();
  };

  fn_logs::Output part(std::vector<fn_logs::Piece> pieces, Timestamp ts);
  void send(fn_logs::Output output);
  void send_unfinished(std::vector<fn_logs::Piece> pieces, Timestamp ts);
  static bool has_ended(const UnderWay& one);
  const Result<Nothing>& outcome_of(UnderWay& one) const;
  static Result<Nothing> outcome_of(const fn_logs::Kept& kept);
  bool may_pass(UnderWay& one) const;
  void send_again(UnderWay& one);
  void drop_first();

  fn_logs::FnLogs& fn_logs_;
  const data::StartExecution& start_;
  const Clock& clock_;
  const std::function<bool()> unwanted_;
  std::atomic<bool>& failing_;
  std::int64_t parts_ = 0;
  Timestamp last_;
  std::deque<UnderWay> under_way_;
  Result<Nothing> failed_ = Nothing{};  ///< the first that could not be kept
};

/// An execution that was lost with the life of a runner before, as the last of its lines. One whose
/// function was deleted meanwhile has none.
void tell_lost(const Uuid& exec_id, data::Data& data, fn_logs::FnLogs& fn_logs);

}  // namespace kappa::runner
