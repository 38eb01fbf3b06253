// The way to GitHub, or whatever has its search.
#pragma once

#include "gateway/related.hpp"
#include "rpc/http.hpp"

namespace kappa::app {

/// Nothing when it is not to be asked.
rpc::Transport connect_to_github(const gateway::RelatedOptions& options);

}  // namespace kappa::app
