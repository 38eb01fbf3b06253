// An execution that stands open in the ledger.
#pragma once

#include "base/clock.hpp"
#include "kappa/data.hpp"

namespace kappa::runner {

/// Ends it as lost, unbilled, when whoever made this is left by an exception: it would be shown as
/// running, and hold its part of the budget, until the next start. What it refers to outlives it.
class Begun {
 public:
  Begun(data::Data& data, const data::StartExecution& start, const Clock& clock)
      : data_(data), start_(start), clock_(clock) {}
  Begun(const Begun&) = delete;
  Begun& operator=(const Begun&) = delete;
  ~Begun() {
    if (!ended_) end_as_lost();
  }
  /// Its outcome is about to be written.
  void end() { ended_ = true; }

 private:
  void end_as_lost() const noexcept try {
    data::FinishExecution outcome;
    outcome.exec_id = start_.exec_id;
    outcome.attempt = start_.attempt;
    outcome.lease = start_.lease;
    outcome.verdict = Verdict::runner_lost;
    outcome.detail = "Kappa failed while it ran; its log says why";
    outcome.started_at = outcome.ended_at = clock_.now();
    (void)data_.finish_execution(outcome);
  } catch (...) {  // no memory for this either; the exception under way says so
    return;
  }

  data::Data& data_;
  const data::StartExecution& start_;
  const Clock& clock_;
  bool ended_ = false;
};

}  // namespace kappa::runner
