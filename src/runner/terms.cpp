// One rule for all limits: 1 to the runner's maximum; what is kept may be nothing.
#include "runner/terms.hpp"

#include <algorithm>
#include <boost/mp11/algorithm.hpp>

#include "rpc/record.hpp"

namespace kappa::runner {
namespace {

/// Calls `see` with the name, the setting and the member of Limits of that name.
template <class Settings, class See>
void for_each_limit(Settings& settings, See see) {
  boost::mp11::mp_for_each<Members<Limits>>([&](auto limit) {
    boost::mp11::mp_for_each<Members<FunctionSettings>>([&](auto setting) {
      if constexpr (std::is_same_v<rpc::MemberOf<FunctionSettings, decltype(setting)>,
                                   std::optional<std::int64_t>>) {
        if (std::string_view(setting.name) == limit.name)
          see(limit.name, settings.*setting.pointer, limit.pointer);
      }
    });
  });
}

std::string range(std::int64_t least, std::int64_t most, std::int64_t got) {
  return "expected " + std::to_string(least) + " to " + std::to_string(most) +
         " on this server, got " + std::to_string(got);
}

}  // namespace

Result<Terms> agree_terms(const FunctionSettings& settings, const RunnerOptions& options,
                          bool can_rewind) {
  const Limits& defaults = options;
  State state = settings.state.value_or(State::fresh);
  if (state == State::rewind && !can_rewind) state = State::fresh;
  Terms terms{{defaults, settings.network.value_or(Network::none), state == State::rewind,
               state == State::warm ? options.warm_calls : 1},
              state,
              settings.concurrency.value_or(options.concurrency),
              settings.keep_bytes.value_or(options.keep_bytes)};
  std::vector<Fault> faults;
  const auto check = [&](const std::string& name, std::int64_t asked, std::int64_t most,
                         std::int64_t least = 1) {
    if (asked < least || asked > most)
      faults.push_back({"/settings/" + name, range(least, most, asked)});
  };
  for_each_limit(settings, [&](const char* name, const auto& setting, auto limit) {
    if (!setting) return;
    terms.walls.limits.*limit = *setting;
    check(name, *setting, options.max.*limit);
  });
  if (settings.concurrency) check("concurrency", *settings.concurrency, options.max.concurrency);
  terms.concurrency = std::min(terms.concurrency, options.max_calls);  // others may have more slots
  if (settings.keep_bytes) check("keep_bytes", *settings.keep_bytes, options.keep_bytes, 0);
  if (terms.walls.network == Network::host && !options.allow_host_network) {
    faults.push_back({"/settings/network",
                      "this server gives no function the network: runner.allow_host_network is "
                      "false in its kappa.toml"});
  }
  if (!faults.empty()) return Error{Code::invalid, "", std::move(faults)};
  return terms;
}

FunctionSettings settings_of(const Terms& terms) {
  FunctionSettings settings;
  settings.network = terms.walls.network;
  settings.state = terms.state;
  settings.concurrency = terms.concurrency;
  settings.keep_bytes = terms.keep_bytes;
  for_each_limit(settings, [&](const char*, auto& setting, auto limit) {
    setting = terms.walls.limits.*limit;
  });
  return settings;
}

}  // namespace kappa::runner
