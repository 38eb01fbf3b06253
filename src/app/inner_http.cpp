// What users may send and what functions may print bounds what modules tell each other.
#include "app/inner_http.hpp"

#include "net/client.hpp"

namespace kappa::app {
namespace {

// Calls, and users, wait for it: one that does not answer is better known to be away. The longest
// but the two below is to stop a call, whose outcome is waited for, for 5 s.
constexpr std::int64_t short_reply_ms = 10'000;
// Of a call, beyond loading and running: 20 s in HAProxy and 10 s in the runner for its turn, 12 s
// for its outcome to be kept.
constexpr std::int64_t beyond_running_ms = 50'000;

/// A request of a user inside one of ours, or what a call printed, of which a byte can be six in
/// JSON.
std::int64_t inner_bytes(const Config& config) {
  return 2 * config.http.body_bytes + 6 * config.runner.max.output_bytes;
}

net::ClientOptions client_options(const Config& config) {
  net::ClientOptions options;
  options.reply_bytes = inner_bytes(config);
  options.authorities = config.tls.authorities;
  // Each of our own connections may be a call, and one more with TLS costs what a hundred requests
  // do.
  options.kept_connections = config.http.max_connections;
  return options;
}

/// As HAProxy tells calls from the rest.
bool is_call(const rpc::HttpRequest& request) {
  return request.method == "POST" && request.target.ends_with("/invoke");
}

bool is_load(const rpc::HttpRequest& request) { return request.target == "/functions/load"; }

rpc::Transport connect_to_runner(const Config& config, const std::string& url) {
  net::ClientOptions options = client_options(config);
  options.reply_timeout_ms = short_reply_ms;
  auto talk = net::connect(url, options);
  options.reply_timeout_ms += config.runner.load_timeout_ms;
  auto loads = net::connect(url, options);
  options.reply_timeout_ms = longest_call_ms(config);
  options.leave_with_client = true;
  auto calls = net::connect(url, options);
  return [talk = std::move(talk), loads = std::move(loads),
          calls = std::move(calls)](const rpc::HttpRequest& request) {
    return is_call(request) ? calls(request) : is_load(request) ? loads(request) : talk(request);
  };
}

}  // namespace

std::int64_t longest_call_ms(const Config& config) {
  return config.runner.load_timeout_ms + config.runner.max.timeout_ms + beyond_running_ms;
}

net::ServerOptions inner_server_options(const Config& config) {
  net::ServerOptions options = config.http;
  options.body_bytes = inner_bytes(config);
  return options;
}

rpc::Transport connect_to_module(const Config& config, std::string_view module,
                                 const std::string& url) {
  if (module == "runner") return connect_to_runner(config, url);
  net::ClientOptions options = client_options(config);
  if (module == "fn_logs") options.reply_timeout_ms = short_reply_ms;
  return net::connect(url, options);
}

}  // namespace kappa::app
