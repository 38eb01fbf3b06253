// How many of the newest a reading operation gives.
#pragma once

#include <cstdint>
#include <optional>

#include "kappa/core.hpp"

namespace kappa::store {

constexpr std::int64_t most_newest = 1000;  // bounds a reply's memory, and fills a screen

/// `limit`, or the most when it is absent. invalid: not from 1 to the most.
inline Result<std::int64_t> newest(const std::optional<std::int64_t>& limit) {
  const std::int64_t count = limit.value_or(most_newest);
  if (count >= 1 && count <= most_newest) return count;
  return Error{Code::invalid,
               "",
               {{"/limit", "expected 1 to " + std::to_string(most_newest) + ", got " +
                               std::to_string(count)}}};
}

}  // namespace kappa::store
