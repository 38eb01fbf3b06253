// The only file that names concrete modules: per module one line, here or at its url.
#include "app/compose.hpp"

#include <thread>

#include "app/github.hpp"
#include "app/housekeeping.hpp"
#include "app/inner_http.hpp"
#include "app/listeners.hpp"
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
#include "runner/http.hpp"
#include "runner/runner.hpp"

namespace kappa::app {
namespace {

constexpr std::int64_t overdue_after_ms = 120'000;  // beyond a call's time: loading, and being slow

class Kappa final : public Composition {
 public:
  Kappa(const Config& config, const folder::DataFolder& folder, ModuleTokens tokens,
        const std::string& executable)
      : config_(config),
        tokens_(std::move(tokens)),
        needs_(needs_of(config)),
        related_(needs_.api ? connect_to_github(config.related) : nullptr) {
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
      auto here = runner::open_runner(config.runner, {executable, path}, *data_, *fn_code_,
                                      *fn_logs_, clock_, random_);
      here_ = here.get();
      return here;
    });
    const auto always = [] { return Result<Nothing>(Nothing{}); };
    expose("data", at.data, data::mount_data, data_, [this] { return data_->check_recording({}); });
    expose("fn_code", at.fn_code, fn_code::mount_fn_code, fn_code_, always);
    expose("fn_logs", at.fn_logs, fn_logs::mount_fn_logs, fn_logs_, always);
    expose("logs", at.logs, logs::mount_logs, logs_, always);
    expose("runner", at.runner, runner::mount_runner, runner_, [this] { return takes_calls(); });
    if (needs_.api) serve_api();
    if (data_)
      housekeeping_.emplace(path, *data_, swept(at.fn_code, fn_code_), swept(at.fn_logs, fn_logs_));
  }

  Result<std::int64_t> sweep(std::int64_t reserved_for_ms, const Ending& ending) override {
    if (!removal_) return 0;
    const auto overdue = data_->lose_overdue({overdue_after_ms});
    auto swept = overdue ? removal_->sweep(reserved_for_ms, ending) : overdue.error();
    if (swept || swept.error().code != Code::unavailable) return swept;
    log::warning("what a crash left is removed later", {{"reason", swept.error().detail}});
    return 0;  // a module that is elsewhere may start after this one
  }

  Result<Nothing> start(net::GivenSockets& given) override {
    TRY(listeners_.open(config_, tokens_, given));
    // Not before: where a server listens already, another one's runner must not take its place.
    if (here_ != nullptr && config_.modules.data.url.empty()) TRY(here_->begin_life());
    listeners_.begin();
    if (here_ != nullptr) beginning_ = std::jthread([this] { (void)here_->begin_life(); });
    if (housekeeping_) housekeeping_->begin();
    return Nothing{};
  }
  std::vector<Served> served() const override { return listeners_.served(); }
  void drain() override { listeners_.drain(longest_call_ms(config_)); }

 private:
  void serve_api() {
    removal_.emplace(*data_, *fn_code_, *runner_, *logs_);
    gateway_ = gateway::make_gateway({*data_, *fn_code_, *runner_, *logs_}, *removal_, related_,
                                     clock_, random_, [this] { return listeners_.are_leaving(); });
    gateway::mount_gateway(
        listeners_.add_api(config_.listen), *gateway_,
        [this](const std::string& token) { return gateway::authenticate(*data_, token); });
  }
  Result<Nothing> takes_calls() {
    const auto condition = TRY(runner_->inspect({}));
    if (condition.ready) return Nothing{};
    return Error{Code::unavailable, condition.reason};
  }

  template <class Interface, class Local>
  std::unique_ptr<Interface> place(bool needed, const std::string& name, const ModuleConfig& at,
                                   std::unique_ptr<Interface> (*connect)(rpc::Transport),
                                   Local local) {
    if (!needed) return nullptr;
    if (at.url.empty()) return local();
    auto way = connect_to_module(config_, name, at.url);
    return connect(rpc::with_token(std::move(way), tokens_.source(name), at.url));
  }
  template <class Interface>
  Swept<Interface> swept(const ModuleConfig& at, const std::unique_ptr<Interface>& module) const {
    if (!at.url.empty() || !module) return {};
    return {module.get(), at.expose.empty() && config_.modules.data.url.empty()};
  }
  template <class Interface>
  void expose(const std::string& name, const ModuleConfig& at,
              void (*mount)(rpc::Router&, Interface&), const std::unique_ptr<Interface>& module,
              Ready ready) {
    if (!at.expose.empty()) mount(listeners_.add(name, at.expose, std::move(ready)), *module);
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
  runner::LocalRunner* here_ = nullptr;  // runner_, when it is in this process
  const gateway::RelatedRepositories related_;
  std::optional<gateway::Removal> removal_;
  std::unique_ptr<gateway::Gateway> gateway_;
  Listeners listeners_;
  std::optional<Housekeeping> housekeeping_;
  std::jthread beginning_;  // data that is elsewhere may let a runner wait
};

}  // namespace

Result<std::unique_ptr<Composition>> compose(const Config& config, const folder::DataFolder& folder,
                                             const std::string& executable) {
  return std::unique_ptr<Composition>(std::make_unique<Kappa>(
      config, folder, TRY(ModuleTokens::open(config, folder.path())), executable));
}

}  // namespace kappa::app
