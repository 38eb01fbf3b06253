// The gateway module over HTTP, both sides.
#pragma once

#include <memory>

#include "kappa/gateway.hpp"
#include "rpc/mount.hpp"

namespace kappa::gateway {

/// Adds the module's operations; `gateway` must outlive the router.
void mount_gateway(rpc::Router& router, Gateway& gateway, rpc::Authenticate authenticate);
/// The module as another process serves it.
std::unique_ptr<Gateway> connect_gateway(rpc::Transport transport);

}  // namespace kappa::gateway
