// One call in one child, from its arguments to its verdict.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "kappa/fn_logs.hpp"
#include "runner/loaded_function.hpp"

namespace kappa::runner {

/// How a call went, as the server measured it.
struct CallResult {
  Verdict verdict = Verdict::ok;
  RawJson output;
  std::string detail;
  std::string traceback;
  Timestamp started_at;
  Timestamp ended_at;
  std::int64_t wall_us = 0;
  std::int64_t cpu_us = 0;
  std::int64_t peak_memory_kb = 0;
  std::vector<fn_logs::Piece> pieces;
  bool output_cut = false;
};

/// Runs main() in a child of `function`, which is dead with all it started when this returns.
/// Nothing when no child could be had, so that nothing ran: the zygote is gone.
std::optional<CallResult> run_call(LoadedFunction& function, const RawJson& arguments,
                                   const RunnerOptions& options, const Clock& clock);

}  // namespace kappa::runner
