// "Did you mean": the known word nearest to a mistyped one.
#pragma once

#include <span>
#include <string_view>

namespace kappa {

/// The known word with the fewest letters to insert, drop or change; "" when none is near enough to
/// be meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace kappa
