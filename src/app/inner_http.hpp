// How modules speak with each other over HTTP: larger messages than users', and their own patience.
#pragma once

#include <string>
#include <string_view>

#include "app/config.hpp"
#include "rpc/http.hpp"

namespace kappa::app {

/// From when a call is asked for to its answer, at the longest.
std::int64_t longest_call_ms(const Config& config);

/// Of the listeners of modules.
net::ServerOptions inner_server_options(const Config& config);
/// To a module that is elsewhere. A call may take as long as it may run, and ends when nobody waits
/// for it any more; anything else that is asked is short, and done to its end.
rpc::Transport connect_to_module(const Config& config, std::string_view module,
                                 const std::string& url);

}  // namespace kappa::app
