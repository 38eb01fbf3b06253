// The runner module over HTTP, both sides.
#pragma once

#include <memory>
#include <string_view>

#include "kappa/runner.hpp"
#include "rpc/router.hpp"

namespace kappa::runner {

/// What people are told of its operations; made from operations.md by cmake/embed.cmake.
extern const std::string_view operations_md;

/// Adds the module's operations; `runner` must outlive the router.
void mount_runner(rpc::Router& router, Runner& runner);
/// The module as another process serves it.
std::unique_ptr<Runner> connect_runner(rpc::Transport transport);

}  // namespace kappa::runner
