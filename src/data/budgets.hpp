// What users' months may cost, and calls refused because of it.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "data/prices.hpp"
#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

class Budgets;

/// What a call under way may cost at its limits. Counted until it goes; it must not outlive its
/// Budgets.
class Hold {
 public:
  Hold(Budgets& in, std::int64_t user_id, Cost cost) : in_(&in), user_id_(user_id), cost_(cost) {}
  Hold(Hold&& other) noexcept
      : in_(std::exchange(other.in_, nullptr)), user_id_(other.user_id_), cost_(other.cost_) {}
  Hold& operator=(Hold&&) = delete;
  ~Hold();

 private:
  friend class Budgets;
  Budgets* in_;
  std::int64_t user_id_;
  Cost cost_;
};

/// What a user's month has cost is kept in memory, exactly, and read from `usage` at their first
/// call; so no other call asks a table. Thread-safe.
///
/// A call is admitted when what is spent, and what the calls under way cost at their limits, is
/// together less than the budget. So what a month costs exceeds the budget by less than what the
/// call admitted last costs, however many are asked for at once; and as long as nothing runs and
/// something is left, a call is admitted. The price is that calls go one by one where what is left
/// is less than a call's limits cost. Not counted is by how much a call overran its limits before
/// it was stopped, and what was under way in other processes when this one was started anew; what
/// of that ends while the user's first call is admitted may be counted twice.
class Budgets {
 public:
  Budgets(store::File& file, const Clock& clock, BillOptions options)
      : file_(file), clock_(clock), options_(std::move(options)) {}

  /// over_budget: it is used up. limited: what runs may use up what is left. unavailable: it cannot
  /// be read.
  Result<Hold> admit(const StartExecution& ask);
  /// It has ended, and its line is on the bill.
  void settle(std::optional<Hold> hold, std::int64_t user_id, Timestamp ended_at, const Use& use);

  /// `spent` is left for who can read the bill.
  Result<Budget> get(const GetBudget& ask);
  /// invalid: above the maximum.
  Result<Nothing> set(const SetBudget& ask);

 private:
  friend class Hold;

  struct Account {
    bool known = false;  ///< what the file has of it was read
    std::optional<Money> own;
    std::int64_t own_order = 0;             ///< of the write that `own` is of
    Cost under_way = 0;                     ///< of calls, at their limits
    std::map<std::int64_t, Cost> by_month;  ///< the present one's, and its neighbour's
  };

  Result<std::unique_lock<std::mutex>> lock_known(std::int64_t user_id);
  Result<Account> read(std::int64_t user_id);
  std::optional<Money> in_force(const Account& account) const;
  Error used_up(Money budget, Cost spent, std::int64_t month) const;
  Error nearly_used_up(Money budget) const;
  std::string amount(Money money) const;
  static void add(Account& account, std::int64_t month, Cost cost);

  store::File& file_;
  const Clock& clock_;
  const BillOptions options_;
  std::int64_t orders_ = 0;  ///< known to the writer's thread alone
  std::mutex mutex_;
  std::unordered_map<std::int64_t, Account> accounts_;  ///< by user_id; guarded by mutex_
};

/// What reads a user's days: it takes ?1 user_id, ?2 the first day.
store::Sql spent_query();

}  // namespace kappa::data
