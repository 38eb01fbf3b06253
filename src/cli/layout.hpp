// Values laid out for people.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace kappa::cli {

/// A JSON text, indented by two; numbers and order as they were. It must have been checked.
std::string indented(std::string_view json);

/// A table of names and counts with a line for the total.
std::string bill_table(const std::map<std::string, std::int64_t>& counts, std::int64_t total);

}  // namespace kappa::cli
