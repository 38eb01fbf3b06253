// The only file that names concrete modules: per module one line, here or at its url.
#include "app/compose.hpp"

#include "app/front.hpp"
#include "app/housekeeping.hpp"
#include "app/module_tokens.hpp"
#include "app/places.hpp"
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
#include "runner/http.hpp"
#include "runner/runner.hpp"

namespace kappa::app {
namespace {

constexpr std::int64_t last_words_ms = 2'000;  // beyond a call's time, for its outcome and reply

class Kappa final : public Composition {
 public:
  Kappa(const Config& config, const folder::DataFolder& folder, ModuleTokens tokens,
        const std::string& executable)
      : config_(config),
        tokens_(std::move(tokens)),
        needs_(needs_of(config)),
        related_(needs_.api ? github(config.related) : nullptr) {
    const auto& at = config.modules;
    const auto& path = folder.path();
    data_ = place(needs_.data, "data", at.data, data::connect_data,
                  [&] { return data::open_data(path / "data.db", clock_, random_, config.bill); });
    fn_code_ = place(needs_.fn_code, "fn_code", at.fn_code, fn_code::connect_fn_code,
                     [&] { return fn_code::open_fn_code(path / "fn_code.db", clock_); });
    fn_logs_ = place(needs_.fn_logs, "fn_logs", at.fn_logs, fn_logs::connect_fn_logs, [&] {
      return fn_logs::open_fn_logs(path / "fn_logs", clock_, config.fn_logs);
    });
    logs_ = place(needs_.logs, "logs", at.logs, logs::connect_logs,
                  [&] { return logs::make_logs(*data_, *fn_logs_); });
    runner_ = place(needs_.runner, "runner", at.runner, runner::connect_runner, [&] {
      return runner::open_runner(config.runner, {executable, path}, *data_, *fn_code_, *fn_logs_,
                                 clock_, random_);
    });
    expose("data", at.data, data::mount_data, data_);
    expose("fn_code", at.fn_code, fn_code::mount_fn_code, fn_code_);
    expose("fn_logs", at.fn_logs, fn_logs::mount_fn_logs, fn_logs_);
    expose("logs", at.logs, logs::mount_logs, logs_);
    expose("runner", at.runner, runner::mount_runner, runner_);
    if (needs_.api) serve_api();
    if (data_)
      housekeeping_.emplace(path, *data_, swept(at.fn_code, fn_code_), swept(at.fn_logs, fn_logs_));
  }

  Result<std::int64_t> sweep(std::int64_t reserved_for_ms) override {
    if (!removal_) return 0;
    const auto swept = removal_->sweep(reserved_for_ms);
    if (swept || swept.error().code != Code::unavailable) return swept;
    log::warning("what a crash left is removed later", {{"reason", swept.error().detail}});
    return 0;  // a module that is elsewhere may start after this one
  }

  Result<Nothing> start(net::GivenSockets& given) override {
    for (const auto& [name, inner] : exposed_) {
      TRY(inner->start(config_.http, tokens_.check(name), given));
      log::info("module exposed", {{"module", name}, {"address", inner->address()}});
    }
    if (front_) TRY(front_->start(config_.http, nullptr, given));
    if (housekeeping_) housekeeping_->begin();
    return Nothing{};
  }
  std::vector<Served> served() const override {
    std::vector<Served> served;
    if (front_) served.push_back({"", front_->address()});
    for (const auto& [name, inner] : exposed_) served.push_back({name, inner->address()});
    return served;
  }
  void drain() override {
    const std::int64_t within_ms = config_.runner.timeout_ms + last_words_ms;
    if (front_) front_->drain(within_ms);
    for (const auto& [name, inner] : exposed_) inner->leave();
    for (const auto& [name, inner] : exposed_) inner->drain(within_ms);
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
  void serve_api() {
    removal_.emplace(*data_, *fn_code_, *runner_, *logs_);
    gateway_ = gateway::make_gateway({*data_, *fn_code_, *runner_, *logs_}, *removal_, related_,
                                     clock_, random_, [this] { return front_->is_leaving(); });
    front_.emplace("Kappa", config_.listen);
    gateway::mount_gateway(front_->router(), *gateway_, [this](const std::string& token) {
      return gateway::authenticate(*data_, token);
    });
  }

  template <class Interface, class Local>
  std::unique_ptr<Interface> place(bool needed, const std::string& name, const ModuleConfig& at,
                                   std::unique_ptr<Interface> (*connect)(rpc::Transport),
                                   Local local) {
    if (!needed) return nullptr;
    if (at.url.empty()) return local();
    net::ClientOptions options;
    if constexpr (std::is_same_v<Interface, runner::Runner>) {
      // A call takes as long as it may, and ends when nobody waits for it any more.
      options.reply_timeout_ms += config_.runner.max.timeout_ms;
      options.leave_with_client = true;
    }
    return connect(rpc::with_token(net::connect(at.url, options), tokens_.source(name), at.url));
  }
  template <class Interface>
  Swept<Interface> swept(const ModuleConfig& at, const std::unique_ptr<Interface>& module) const {
    if (!at.url.empty() || !module) return {};
    return {module.get(), at.expose.empty() && config_.modules.data.url.empty()};
  }
  template <class Interface>
  void expose(const std::string& name, const ModuleConfig& at,
              void (*mount)(rpc::Router&, Interface&), const std::unique_ptr<Interface>& module) {
    if (at.expose.empty()) return;
    const std::string address = with_port(at.expose, default_port(name));
    auto& front = exposed_.emplace_back(name, std::make_unique<Front>("Kappa " + name, address));
    front.second->router().describe_as_guarded();
    mount(front.second->router(), *module);
  }

  const Config& config_;
  const ModuleTokens tokens_;
  const Needs needs_;
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
  std::vector<std::pair<std::string, std::unique_ptr<Front>>> exposed_;
  std::optional<Front> front_;
  std::optional<Housekeeping> housekeeping_;
};

}  // namespace

Result<std::unique_ptr<Composition>> compose(const Config& config, const folder::DataFolder& folder,
                                             const std::string& executable) {
  return std::unique_ptr<Composition>(std::make_unique<Kappa>(
      config, folder, TRY(ModuleTokens::open(config, folder.path())), executable));
}

}  // namespace kappa::app
