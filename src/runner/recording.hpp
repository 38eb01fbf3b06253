// An outcome on its way into the ledger.
#pragma once

#include <chrono>

#include "kappa/data.hpp"
#include "runner/lease.hpp"
#include "runner/peers.hpp"

namespace kappa::runner {

/// Has an execution begun in the ledger. Where it refuses, the lease is taken again, once. Where
/// nobody knows whether it did, the execution is given up: an error means that nothing may be run.
Result<Nothing> record_start(data::Data& data, Lease& lease, const data::StartExecution& start);

/// Has an outcome recorded, once. While the data module cannot be reached, or refuses our token,
/// which `peers` learn at once, it is tried again for so long: it may be in a process of its own
/// that is being started anew. conflict: it has another outcome, or this life of the runner is
/// over.
Result<Nothing> record_outcome(data::Data& data, Peers& peers, const data::StartExecution& start,
                               const data::FinishExecution& outcome,
                               std::chrono::milliseconds patience);

}  // namespace kappa::runner
