// What users may send and what functions may print bounds what modules tell each other.
#include "app/inner_http.hpp"

namespace kappa::app {
namespace {

// Calls wait for it: one that does not answer is better known to be away.
constexpr std::int64_t logs_reply_ms = 10'000;

/// A request of a user inside one of ours, or what a call printed, of which a byte can be six in
/// JSON.
std::int64_t inner_bytes(const Config& config) {
  return 2 * config.http.body_bytes + 6 * config.runner.max.output_bytes;
}

}  // namespace

net::ServerOptions inner_server_options(const Config& config) {
  net::ServerOptions options = config.http;
  options.body_bytes = inner_bytes(config);
  return options;
}

net::ClientOptions inner_client_options(const Config& config, std::string_view module) {
  net::ClientOptions options;
  options.reply_bytes = inner_bytes(config);
  options.authorities = config.tls.authorities;
  if (module == "fn_logs") options.reply_timeout_ms = logs_reply_ms;
  if (module == "runner") {
    // A call takes as long as it may, and ends when nobody waits for it any more.
    options.reply_timeout_ms += config.runner.max.timeout_ms;
    options.leave_with_client = true;
  }
  return options;
}

}  // namespace kappa::app
