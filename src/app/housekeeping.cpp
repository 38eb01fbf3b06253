// Lists first, then asks what the ledger says of each.
#include "app/housekeeping.hpp"

#include <chrono>
#include <optional>

#include "base/log.hpp"
#include "folder/leftovers.hpp"

namespace kappa::app {
namespace {

constexpr std::chrono::hours sweep_every{24};

}  // namespace

Housekeeping::~Housekeeping() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Housekeeping::begin() {
  thread_ = std::thread([this] { work(); });
}

bool Housekeeping::ending() {
  const std::lock_guard lock(mutex_);
  return ending_;
}

void Housekeeping::work() {
  do {
    sweep_files();
    if (const auto swept = sweep(); !swept)
      log::warning("not all leftovers swept", {{"reason", swept.error().detail}});
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, sweep_every, [this] { return ending_; });
  } while (!ending());
}

void Housekeeping::sweep_files() const {
  for (const auto& [name, kind, size_bytes] : folder::sweep_leftovers(folder_)) {
    log::info("leftover removed",
              {{"file", name}, {"size_bytes", static_cast<std::int64_t>(size_bytes)}});
  }
}

Result<Nothing> Housekeeping::sweep() {
  if (auto* fn_logs = fn_logs_.module) {
    const std::int64_t swept = TRY(sweep_functions(
        fn_logs_.alone,
        [&](const auto& after) {
          return fn_logs->list_functions({after, {}});
        },
        [&](const Uuid& fn_id) { return fn_logs->erase_function({fn_id}); }));
    if (swept > 0) log::info("logs of functions that are gone erased", {{"functions", swept}});
  }
  if (auto* fn_code = fn_code_.module) {
    const std::int64_t swept = TRY(sweep_functions(
        fn_code_.alone,
        [&](const auto& after) {
          return fn_code->list_holders({after, {}});
        },
        [&](const Uuid& fn_id) { return fn_code->release({fn_id}); }));
    if (swept > 0) log::info("code of functions that are gone erased", {{"functions", swept}});
  }
  return Nothing{};
}

template <class List, class Erase>
Result<std::int64_t> Housekeeping::sweep_functions(bool alone, const List& list,
                                                   const Erase& erase) {
  std::int64_t swept = 0;
  std::optional<Uuid> after;
  do {
    const auto page = TRY(list(after));
    for (const Uuid& fn_id : page.functions) {
      if (ending()) return swept;
      if (!TRY(is_gone(fn_id, alone))) continue;
      TRY(erase(fn_id));
      ++swept;
    }
    after = page.next;
  } while (after);
  return swept;
}

Result<bool> Housekeeping::is_gone(const Uuid& fn_id, bool alone) const {
  const auto function = data_.get_function({fn_id});
  if (function) return function->state == data::FunctionState::deleted;
  if (function.error().code != Code::not_found) return function.error();
  return alone;
}

}  // namespace kappa::app
