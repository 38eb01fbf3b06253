// The logs module over HTTP, both sides.
#pragma once

#include <memory>
#include <string_view>

#include "kappa/logs.hpp"
#include "rpc/router.hpp"

namespace kappa::logs {

/// What people are told of its operations; made from operations.md by cmake/embed.cmake.
extern const std::string_view operations_md;

/// Adds the module's operations; `logs` must outlive the router.
void mount_logs(rpc::Router& router, Logs& logs);
/// The module as another process serves it.
std::unique_ptr<Logs> connect_logs(rpc::Transport transport);

}  // namespace kappa::logs
