// The gateway module over HTTP, both sides.
#pragma once

#include <memory>
#include <string_view>

#include "kappa/gateway.hpp"
#include "rpc/mount.hpp"

namespace kappa::gateway {

/// What people are told of its operations; made from operations.md by cmake/embed.cmake.
extern const std::string_view operations_md;

/// Adds the module's operations; `gateway` must outlive the router.
void mount_gateway(rpc::Router& router, Gateway& gateway, rpc::Authenticate authenticate);
/// The module as another process serves it.
std::unique_ptr<Gateway> connect_gateway(rpc::Transport transport);

}  // namespace kappa::gateway
