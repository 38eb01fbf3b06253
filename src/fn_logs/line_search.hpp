// Reading a function's lines, day by day, either way.
#pragma once

#include "fn_logs/cursor.hpp"
#include "fn_logs/days.hpp"
#include "kappa/fn_logs.hpp"

namespace kappa::fn_logs {

/// As FnLogs::read_lines() has it, without waiting. No file is kept open, and no transaction, once
/// it returns.
Result<LinePage> find_lines(Days& days, const ReadLines& ask, const Clock& clock);

}  // namespace kappa::fn_logs
