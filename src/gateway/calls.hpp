// One call of a function by whichever runner takes it, and what is known when none answers.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "kappa/data.hpp"
#include "kappa/logs.hpp"
#include "kappa/runner.hpp"

namespace kappa::gateway {

/// Thread-safe. All it is given outlives it.
class Calls {
 public:
  Calls(data::Data& data, runner::Runner& runner, logs::Logs& logs, const Clock& clock,
        Random& random)
      : data_(data), runner_(runner), logs_(logs), clock_(clock), random_(random) {}

  /// Runs a live function once. When no answer comes back, the attempt is given up. If the ledger
  /// then knows that it had begun, it ends as runner_lost, unbilled, whatever its runner says
  /// later, unless its outcome had come before; then that is the answer, with the result if it is
  /// kept. If not, it cannot begin any more, and there is another attempt. When the ledger cannot
  /// say, after 15 s, it is answered as runner_lost: an error would mean that it may be sent again.
  /// unavailable: no runner took it; nothing was run. Else as Runner::invoke().
  Result<runner::Execution> run(const data::Function& function, RawJson args,
                                std::optional<Uuid> replay_of = {}) const;

  /// Has its runner stop an execution. As it is then. conflict: it has ended already. unavailable:
  /// it runs on, for its runner was not found.
  Result<data::Execution> stop(const data::Execution& execution) const;

 private:
  /// What is known of it when nothing more will be; the ledger is asked for 15 s when it cannot be.
  Result<data::Execution> give_up(const runner::Invoke& ask, Timestamp queued_at,
                                  const std::string& why) const;
  /// That as an answer.
  runner::Execution told(const data::Execution& known, Timestamp queued_at) const;
  /// The answer when nothing is known.
  static runner::Execution unknown(const runner::Invoke& ask, Timestamp queued_at,
                                   const Error& why);

  data::Data& data_;
  runner::Runner& runner_;
  logs::Logs& logs_;
  const Clock& clock_;
  Random& random_;
};

/// Has every runner stop a function's calls and forget it. One that does not answer forgets it when
/// it has been idle for long enough.
Result<Nothing> unload_everywhere(data::Data& data, runner::Runner& runner, const Uuid& fn_id);

}  // namespace kappa::gateway
