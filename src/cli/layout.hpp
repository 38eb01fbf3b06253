// Values laid out for people.
#pragma once

#include <string>
#include <string_view>

#include "kappa/types.hpp"

namespace kappa::cli {

/// A JSON text, indented by two; numbers and order as they were, letters not escaped. It must have
/// been checked.
std::string indented(std::string_view json);

/// A time for people, in UTC: "2026-11-24 11:00:16".
std::string moment(Timestamp ts);
/// How long ago it was: "12 s", "5 min", "3 h", "40 d".
std::string age(Timestamp ts, Timestamp now);
/// A duration: "0.21 ms", "12.3 ms", "4.50 s".
std::string duration(double ms);
/// An amount of memory: "9.0 MiB", and of what is allowed: "9.0/256 MiB".
std::string memory(std::int64_t kb);
std::string memory_of(std::int64_t kb, std::int64_t limit_mb);

}  // namespace kappa::cli
