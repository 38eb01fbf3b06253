// What is kept of an execution: its input and its result, or why not.
#pragma once

#include "kappa/data.hpp"
#include "kappa/logs.hpp"
#include "kappa/runner.hpp"

namespace kappa::gateway {

/// The arguments of an execution that has ended. conflict: it has not. not_found: they are not
/// kept; says why.
Result<RawJson> kept_input(data::Data& data, logs::Logs& logs, const data::Execution& execution);
/// Its result. Errors as kept_input(), and not_found: it failed.
Result<RawJson> kept_output(data::Data& data, logs::Logs& logs, const data::Execution& execution);
/// Whether a replay ended as the original did; nothing when what that gave is not kept.
Result<std::optional<bool>> same_end(data::Data& data, logs::Logs& logs,
                                     const data::Execution& original,
                                     const runner::Execution& replay);

}  // namespace kappa::gateway
