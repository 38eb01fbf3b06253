// The data module over HTTP, both sides.
#pragma once

#include <memory>
#include <string_view>

#include "kappa/data.hpp"
#include "rpc/router.hpp"

namespace kappa::data {

/// What people are told of its operations; made from operations.md by cmake/embed.cmake.
extern const std::string_view operations_md;

/// Adds the module's operations; `data` must outlive the router.
void mount_data(rpc::Router& router, Data& data);
/// The module as another process serves it.
std::unique_ptr<Data> connect_data(rpc::Transport transport);

}  // namespace kappa::data
