// Taking a function out of every module, in steps that can be repeated: how deletion, a failed
// creation and a crash end.
#pragma once

#include <functional>

#include "kappa/data.hpp"
#include "kappa/fn_code.hpp"
#include "kappa/logs.hpp"
#include "kappa/runner.hpp"

namespace kappa::gateway {

/// Thread-safe. The modules outlive it.
class Removal {
 public:
  Removal(data::Data& data, fn_code::FnCode& fn_code, runner::Runner& runner, logs::Logs& logs);

  /// Ends a reserved or live function and erases it. Once this returns without an error it is
  /// unloaded and no user sees it; what could not be erased yet stays marked, and sweep() erases
  /// it. not_found: it is gone already.
  Result<Nothing> remove(const Uuid& fn_id) const;

  /// Removes what is neither live nor deleted, reservations only when older than `reserved_for_ms`:
  /// 0 at start, when nobody can be creating; later more than a creation can take. Gives how many
  /// were removed; what could not be stays marked, for the next time, as does what is left once
  /// `ending`, asked before each, is true.
  Result<std::int64_t> sweep(std::int64_t reserved_for_ms,
                             const std::function<bool()>& ending) const;

 private:
  Result<Nothing> erase(const Uuid& fn_id) const;
  Result<Nothing> settle(const data::Function& function) const;

  data::Data& data_;
  fn_code::FnCode& fn_code_;
  runner::Runner& runner_;
  logs::Logs& logs_;
};

}  // namespace kappa::gateway
