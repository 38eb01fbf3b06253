// Whether calls can be taken, and what is to be looked at although they are.
#pragma once

#include "kappa/gateway.hpp"
#include "kappa/logs.hpp"
#include "kappa/runner.hpp"

namespace kappa::gateway {

void make_unready(Health& health, std::string reason);
/// What is wrong with the logs: that nothing can be kept, or that something was lost.
void look_at_logs(logs::Logs& logs, Health& health);
/// What protects functions on the runner that answers, and whether one does and takes calls.
void look_at_runner(runner::Runner& runner, Health& health);

}  // namespace kappa::gateway
