// The only file that names concrete modules: per module one line, here or at its url.
#include "app/compose.hpp"

#include "app/front.hpp"
#include "app/housekeeping.hpp"
#include "app/secret.hpp"
#include "base/log.hpp"
#include "data/data.hpp"
#include "data/http.hpp"
#include "fn_code/fn_code.hpp"
#include "fn_code/http.hpp"
#include "fn_logs/fn_logs.hpp"
#include "fn_logs/http.hpp"
#include "gateway/gateway.hpp"
#include "gateway/http.hpp"
#include "logs/http.hpp"
#include "logs/logs.hpp"
#include "net/client.hpp"
#include "rpc/service_token.hpp"
#include "runner/http.hpp"
#include "runner/runner.hpp"

namespace kappa::app {
namespace {

constexpr std::int64_t last_words_ms = 2'000;  // beyond a call's time, for its outcome and reply

// Calls wait for it: one that does not answer is better known to be away.
constexpr std::int64_t logs_reply_ms = 10'000;

/// What modules send each other: a request of a user inside one of theirs, or what a call printed,
/// of which a byte can be six in JSON.
std::int64_t inner_bytes(const Config& config) {
  return 2 * config.http.body_bytes + 6 * config.runner.max.output_bytes;
}

class Kappa final : public Composition {
 public:
  Kappa(const Config& config, const folder::DataFolder& folder, std::string service_token,
        const std::string& executable)
      : config_(config),
        token_(std::move(service_token)),
        related_(github(config.related)),
        front_("Kappa", config.listen) {
    const auto& at = config.modules;
    const auto& path = folder.path();
    data_ = place(at.data, data::connect_data,
                  [&] { return data::open_data(path / "data.db", clock_, random_, config.bill); });
    fn_code_ = place(at.fn_code, fn_code::connect_fn_code,
                     [&] { return fn_code::open_fn_code(path / "fn_code.db", clock_); });
    fn_logs_ = place(at.fn_logs, fn_logs::connect_fn_logs, [&] {
      return fn_logs::open_fn_logs(path / "fn_logs", clock_, config.fn_logs);
    });
    logs_ = place(at.logs, logs::connect_logs, [&] { return logs::make_logs(*data_, *fn_logs_); });
    runner_ = place(at.runner, runner::connect_runner, [&] {
      return runner::open_runner(config.runner, {executable, path}, *data_, *fn_code_, *fn_logs_,
                                 clock_, random_);
    });
    removal_.emplace(*data_, *fn_code_, *runner_, *logs_);
    gateway_ = gateway::make_gateway({*data_, *fn_code_, *runner_, *logs_}, *removal_, related_,
                                     clock_, random_);
    gateway::mount_gateway(front_.router(), *gateway_, [this](const std::string& token) {
      return gateway::authenticate(*data_, token);
    });
    expose(at.data, "Kappa data", data::mount_data, *data_);
    expose(at.fn_code, "Kappa fn_code", fn_code::mount_fn_code, *fn_code_);
    expose(at.fn_logs, "Kappa fn_logs", fn_logs::mount_fn_logs, *fn_logs_);
    expose(at.logs, "Kappa logs", logs::mount_logs, *logs_);
    expose(at.runner, "Kappa runner", runner::mount_runner, *runner_);
    housekeeping_.emplace(path, *data_, swept(at.fn_code, *fn_code_), swept(at.fn_logs, *fn_logs_));
  }

  Result<std::int64_t> sweep(std::int64_t reserved_for_ms) override {
    return removal_->sweep(reserved_for_ms);
  }

  Result<Nothing> start() override {
    auto inner_http = config_.http;
    inner_http.body_bytes = inner_bytes(config_);
    for (const auto& inner : exposed_) {
      TRY(inner->start(inner_http, token_));
      log::info("module exposed", {{"address", inner->address()}});
    }
    TRY(front_.start(config_.http, ""));
    housekeeping_->begin();
    return Nothing{};
  }
  std::string address() const override { return front_.address(); }
  void drain() override {
    const std::int64_t within_ms = config_.runner.timeout_ms + last_words_ms;
    front_.drain(within_ms);
    for (const auto& inner : exposed_) inner->drain(within_ms);
  }

 private:
  static rpc::Transport github(const gateway::RelatedOptions& options) {
    if (!options.enabled) return nullptr;
    net::ClientOptions patience;
    patience.total_timeout_ms = options.timeout_ms;
    patience.reply_bytes = 1 << 20;  // three repositories are some 20 KB
    log::info("functions' names are looked for on GitHub; related.enabled = false ends that",
              {{"url", options.url}});
    return net::connect(options.url, patience);
  }
  template <class Interface, class Local>
  std::unique_ptr<Interface> place(const ModuleConfig& at,
                                   std::unique_ptr<Interface> (*connect)(rpc::Transport),
                                   Local local) {
    if (at.url.empty()) return local();
    net::ClientOptions options;
    options.reply_bytes = inner_bytes(config_);
    if constexpr (std::is_same_v<Interface, fn_logs::FnLogs>)
      options.reply_timeout_ms = logs_reply_ms;
    if constexpr (std::is_same_v<Interface, runner::Runner>) {
      // A call takes as long as it may, and ends when nobody waits for it any more.
      options.reply_timeout_ms += config_.runner.max.timeout_ms;
      options.leave_with_client = true;
    }
    return connect(rpc::with_token(net::connect(at.url, options), token_));
  }
  template <class Interface>
  Swept<Interface> swept(const ModuleConfig& at, Interface& module) const {
    if (!at.url.empty()) return {};
    return {&module, at.expose.empty() && config_.modules.data.url.empty()};
  }
  template <class Interface>
  void expose(const ModuleConfig& at, const std::string& title,
              void (*mount)(rpc::Router&, Interface&), Interface& module) {
    if (at.expose.empty()) return;
    mount(exposed_.emplace_back(std::make_unique<Front>(title, at.expose))->router(), module);
  }

  const Config& config_;
  const std::string token_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<data::Data> data_;
  std::unique_ptr<fn_code::FnCode> fn_code_;
  std::unique_ptr<fn_logs::FnLogs> fn_logs_;
  std::unique_ptr<logs::Logs> logs_;
  std::unique_ptr<runner::Runner> runner_;
  const gateway::RelatedRepositories related_;
  std::optional<gateway::Removal> removal_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::vector<std::unique_ptr<Front>> exposed_;
  Front front_;
  std::optional<Housekeeping> housekeeping_;
};

}  // namespace

Result<std::unique_ptr<Composition>> compose(const Config& config, const folder::DataFolder& folder,
                                             const std::string& executable) {
  SystemRandom random;
  std::string token = TRY(load_or_make_secret(folder.path() / "service-token", random));
  return std::unique_ptr<Composition>(
      std::make_unique<Kappa>(config, folder, std::move(token), executable));
}

}  // namespace kappa::app
