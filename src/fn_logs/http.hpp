// The fn_logs module over HTTP, both sides.
#pragma once

#include <memory>
#include <string_view>

#include "kappa/fn_logs.hpp"
#include "rpc/router.hpp"

namespace kappa::fn_logs {

/// What people are told of its operations; made from operations.md by cmake/embed.cmake.
extern const std::string_view operations_md;

/// Adds the module's operations; `fn_logs` must outlive the router.
void mount_fn_logs(rpc::Router& router, FnLogs& fn_logs);
/// The module as another process serves it.
std::unique_ptr<FnLogs> connect_fn_logs(rpc::Transport transport);

}  // namespace kappa::fn_logs
