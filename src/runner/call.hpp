// One call in one child, from its arguments to its verdict.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "kappa/fn_logs.hpp"
#include "runner/capture.hpp"
#include "runner/loaded_function.hpp"
#include "runner/running_calls.hpp"

namespace kappa::runner {

/// How a call went, as the server measured it.
struct CallResult {
  Verdict verdict = Verdict::ok;
  RawJson output;
  std::string detail;
  std::string traceback;
  Timestamp started_at;
  Timestamp ended_at;
  std::int64_t start_us = 0;  ///< until a process was ready
  std::int64_t wall_us = 0;
  std::int64_t cpu_us = 0;
  std::int64_t peak_memory_kb = 0;
  std::vector<fn_logs::Piece> pieces;
  bool output_cut = false;
  bool hung_up = false;  ///< it was stopped because whoever waited for it had gone
};

/// What a call has beside its arguments.
struct CallContext {
  const Clock& clock;
  RunningCalls::Entry& entry;
  std::int64_t user_id = 0;  ///< the owner of its function
  int client = -1;  ///< the socket of whoever waits for it, or -1: when that is gone it is stopped
  /// Given what a call that goes on has printed, to take whole lines from; returns soon.
  std::function<void(Capture&)> tell_lines = nullptr;
};

/// Runs main() in a child of `function`. That is dead, with all it started, when this returns, but
/// for a warm one whose call went well. Nothing when no child could be had, so that nothing ran:
/// the zygote is gone, or all that were tried had been killed.
std::optional<CallResult> run_call(LoadedFunction& function, const RawJson& arguments,
                                   const CallContext& context);

}  // namespace kappa::runner
