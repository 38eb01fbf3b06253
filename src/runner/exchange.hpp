// What is kept of a call beside what it printed.
#pragma once

#include <optional>

#include "runner/call.hpp"

namespace kappa::runner {

/// A call's input and result, each as far as it has at most `keep_bytes`; nothing when that is 0.
std::optional<fn_logs::Exchange> exchange_of(const RawJson& input, const CallResult& call,
                                             std::int64_t keep_bytes);

}  // namespace kappa::runner
