// The gateway in this process: what a user can do, orchestrated over the other modules.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "gateway/related.hpp"
#include "gateway/removal.hpp"
#include "kappa/data.hpp"
#include "kappa/fn_code.hpp"
#include "kappa/gateway.hpp"
#include "kappa/logs.hpp"
#include "kappa/runner.hpp"

namespace kappa::gateway {

/// The modules it asks. All outlive it.
struct Modules {
  data::Data& data;
  fn_code::FnCode& fn_code;
  runner::Runner& runner;
  logs::Logs& logs;
};

/// Thread-safe. `removal` works on the same modules; it and all others outlive the gateway. While
/// `leaving` is true it is not ready, so that a balancer asks elsewhere; it is called by many
/// threads.
std::unique_ptr<Gateway> make_gateway(
    const Modules& modules, const Removal& removal, const RelatedRepositories& related,
    const Clock& clock, Random& random, std::function<bool()> leaving = [] { return false; });

/// Who a bearer token belongs to, as data says; `unauthorized` in the original's words.
Result<Caller> authenticate(data::Data& data, const std::string& token);

}  // namespace kappa::gateway
