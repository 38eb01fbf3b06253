// Numbers with a fixed count of decimals, exactly: as JSON has them, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rpc/json.hpp"

namespace kappa::rpc {

/// A JSON number times 10^digits. Nothing when it is below 0, too large, or has more decimals; but
/// the digits that a file's reader adds to show a double exactly (0.10000000000000001) count for
/// nothing.
std::optional<std::int64_t> read_decimal(JsonView number, int digits);

/// `scaled` / 10^digits without trailing zeros: "12.5".
std::string decimal_text(std::int64_t scaled, int digits);

/// "expected a number from 0 to below 9223372036854 with at most 6 decimals"
std::string expected_decimal(int digits);

}  // namespace kappa::rpc
