// What a function's settings come to on this runner.
#pragma once

#include "runner/messages.hpp"

namespace kappa::runner {

/// How a function runs here. A loaded function whose terms change is loaded anew.
struct Terms {
  Walls walls;
  State state = State::fresh;
  std::int64_t concurrency = 0;
  std::int64_t keep_bytes = 0;
  bool operator==(const Terms&) const = default;
};

/// The function's settings, and the runner's where it has none. Without `can_rewind` its calls are
/// fresh rather than rewound. invalid: one is more than the runner allows, or less than makes
/// sense; faults
/// begin with /settings.
Result<Terms> agree_terms(const FunctionSettings& settings, const RunnerOptions& options,
                          bool can_rewind);

/// The settings that stand for these terms, none absent.
FunctionSettings settings_of(const Terms& terms);

}  // namespace kappa::runner
