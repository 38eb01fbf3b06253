// How modules speak with each other over HTTP: larger messages than users', and their own patience.
#pragma once

#include <string_view>

#include "app/config.hpp"
#include "net/client.hpp"

namespace kappa::app {

/// Of the listeners of modules.
net::ServerOptions inner_server_options(const Config& config);
/// Of connections to a module that is elsewhere.
net::ClientOptions inner_client_options(const Config& config, std::string_view module);

}  // namespace kappa::app
