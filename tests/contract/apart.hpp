// The modules that a contract is held against: in this process, or each in its own.
#pragma once

#include <optional>

#include "contract/reach.hpp"
#include "contract/world.hpp"
#include "gateway/gateway.hpp"
#include "gateway/removal.hpp"
#include "runner/runner.hpp"
#include "system/six_processes.hpp"

namespace kappa::test {

/// Stores, with six processes those of three of them, reached by their twins.
struct World : Stores {
  explicit World(Way way, const data::BillOptions& bill = {});

  std::optional<SixProcesses> processes;  // with that way alone
};

/// The runner, whose functions have 2 s, and the gateway over a world's stores; with six processes,
/// two of them.
struct Service {
  explicit Service(World& world);

  std::unique_ptr<runner::Runner> runner;
  std::optional<gateway::Removal> removal;
  const gateway::RelatedRepositories related{nullptr};
  std::unique_ptr<gateway::Gateway> gateway;
};

}  // namespace kappa::test
