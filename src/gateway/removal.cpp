// The steps in order: out of sight, out of the runner, then off the disk; the mark that says "to be
// erased" goes last.
#include "gateway/removal.hpp"

#include "base/log.hpp"
#include "base/random.hpp"
#include "gateway/calls.hpp"

namespace kappa::gateway {

Removal::Removal(data::Data& data, fn_code::FnCode& fn_code, runner::Runner& runner,
                 logs::Logs& logs)
    : data_(data), fn_code_(fn_code), runner_(runner), logs_(logs) {}

Result<Nothing> Removal::remove(const Uuid& fn_id) const {
  TRY(data_.remove_function({fn_id}));
  TRY(unload_everywhere(data_, runner_, fn_id));
  if (const auto erased = erase(fn_id); !erased) {
    log::warning("function not erased yet",
                 {{"fn_id", to_text(fn_id)}, {"reason", erased.error().detail}});
  }
  return Nothing{};
}

Result<Nothing> Removal::erase(const Uuid& fn_id) const {
  TRY(logs_.erase_function({fn_id}));
  TRY(fn_code_.release({fn_id}));
  return data_.forget_function({fn_id});
}

Result<std::int64_t> Removal::sweep(std::int64_t reserved_for_ms,
                                    const std::function<bool()>& ending) const {
  const auto unsettled = TRY(data_.list_unsettled({reserved_for_ms}));
  std::int64_t removed = 0;
  for (const data::Function& function : unsettled.functions) {
    if (ending()) break;
    if (const auto gone = settle(function); gone) {
      ++removed;
    } else {  // a damaged page of one function's, say: the others' leftovers go all the same
      log::warning("function not erased yet",
                   {{"fn_id", to_text(function.fn_id)}, {"reason", gone.error().detail}});
    }
  }
  return removed;
}

Result<Nothing> Removal::settle(const data::Function& function) const {
  if (function.state == data::FunctionState::reserved) return remove(function.fn_id);
  TRY(unload_everywhere(data_, runner_, function.fn_id));
  return erase(function.fn_id);
}

}  // namespace kappa::gateway
