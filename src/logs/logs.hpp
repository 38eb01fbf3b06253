// The logs module in this process.
#pragma once

#include <memory>

#include "kappa/data.hpp"
#include "kappa/fn_logs.hpp"
#include "kappa/logs.hpp"

namespace kappa::logs {

/// Keeps nothing: a view over two modules that outlive it.
std::unique_ptr<Logs> make_logs(data::Data& data, fn_logs::FnLogs& fn_logs);

}  // namespace kappa::logs
