// Bounded: what it says is a suggestion.
#include "app/github.hpp"

#include "base/log.hpp"
#include "net/client.hpp"

namespace kappa::app {

rpc::Transport connect_to_github(const gateway::RelatedOptions& options) {
  if (!options.enabled) return nullptr;
  net::ClientOptions patience;
  patience.total_timeout_ms = options.timeout_ms;
  patience.reply_bytes = 1 << 20;  // three repositories are some 20 KB
  log::info("functions' names are looked for on GitHub; related.enabled = false ends that",
            {{"url", options.url}});
  return net::connect(options.url, patience);
}

}  // namespace kappa::app
