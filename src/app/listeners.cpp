// One front each.
#include "app/listeners.hpp"

#include "app/encryption.hpp"
#include "app/inner_http.hpp"
#include "app/places.hpp"
#include "base/log.hpp"

namespace kappa::app {
namespace {

constexpr std::int64_t others_within_ms = 30'000;  // none answers later; streams end by themselves

}  // namespace

rpc::Router& Listeners::add_api(const std::string& address) {
  api_ = std::make_unique<Front>("Kappa", address);
  return api_->router();
}

rpc::Router& Listeners::add(const std::string& module, const std::string& address, Ready ready) {
  auto front = std::make_unique<Front>("Kappa " + module, with_port(address, default_port(module)));
  front->tell_health(std::move(ready));
  front->router().describe_as_guarded();
  return modules_.emplace_back(module, std::move(front)).second->router();
}

Result<Nothing> Listeners::open(const Config& config, const ModuleTokens& tokens,
                                net::GivenSockets& given) {
  identity_ = TRY(open_identity(config));
  const auto inner = inner_server_options(config);
  for (const auto& [module, front] : modules_) {
    TRY(front->open(inner, identity_.get(), tokens.check(module), given));
    log::info("module exposed", {{"module", module}, {"address", front->address()}});
  }
  if (api_) TRY(api_->open(config.http, identity_.get(), nullptr, given));
  return Nothing{};
}

void Listeners::begin() {
  for (const auto& [module, front] : modules_) front->begin();
  if (api_) api_->begin();
}

std::vector<Served> Listeners::served() const {
  std::vector<Served> served;
  if (api_) served.push_back({"", api_->address()});
  for (const auto& [module, front] : modules_) served.push_back({module, front->address()});
  return served;
}

void Listeners::drain(std::int64_t calls_within_ms) {
  if (api_) api_->drain(calls_within_ms);
  for (const auto& [module, front] : modules_) front->leave();
  for (const auto& [module, front] : modules_)
    front->drain(module == "runner" ? calls_within_ms : others_within_ms);
}

}  // namespace kappa::app
