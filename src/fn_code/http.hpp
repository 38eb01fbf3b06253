// The fn_code module over HTTP, both sides.
#pragma once

#include <memory>
#include <string_view>

#include "kappa/fn_code.hpp"
#include "rpc/router.hpp"

namespace kappa::fn_code {

/// What people are told of its operations; made from operations.md by cmake/embed.cmake.
extern const std::string_view operations_md;

/// Adds the module's operations; `fn_code` must outlive the router.
void mount_fn_code(rpc::Router& router, FnCode& fn_code);
/// The module as another process serves it.
std::unique_ptr<FnCode> connect_fn_code(rpc::Transport transport);

}  // namespace kappa::fn_code
