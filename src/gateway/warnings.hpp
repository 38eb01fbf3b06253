// What does not stop calls, and is to be looked at.
#pragma once

#include <vector>

#include "kappa/gateway.hpp"
#include "kappa/logs.hpp"

namespace kappa::gateway {

std::vector<Warning> warnings_of(logs::Logs& logs);

}  // namespace kappa::gateway
