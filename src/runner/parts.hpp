// What a call printed, in parts that are read at little cost.
#pragma once

#include <vector>

#include "kappa/fn_logs.hpp"

namespace kappa::runner {

using Pieces = std::vector<fn_logs::Piece>;

/// Parts of whole lines, each of some 64 KiB or 4000 lines, for whoever reads a page of lines goes
/// over the part it begins in. A line that is longer is not cut; what has no line end yet is in the
/// last part. At least one part, in the order in which lines end.
std::vector<Pieces> in_parts(Pieces pieces);

}  // namespace kappa::runner
