// The fn_logs module in this process: one SQLite file a day.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.hpp"
#include "kappa/fn_logs.hpp"

namespace kappa::fn_logs {

/// The keys of kappa.toml's [fn_logs].
struct RetentionOptions {
  std::int64_t keep_days = 30;        ///< older ones are forgotten
  std::int64_t user_bytes = 1 << 30;  ///< of each user; beyond, the oldest is forgotten
};
BOOST_DESCRIBE_STRUCT(RetentionOptions, (), (keep_days, user_bytes))

/// Keeps "fn_logs-2026-11-24.db" and the like in `directory`, which is made (its parent must
/// exist): an output goes to the UTC day of its ts, so that forgetting old ones is removing files.
/// Today's file is opened at once. Throws std::runtime_error, which names what cannot be opened and
/// what to do.
std::unique_ptr<FnLogs> open_fn_logs(const std::filesystem::path& directory, const Clock& clock,
                                     const RetentionOptions& retention = {});

}  // namespace kappa::fn_logs
