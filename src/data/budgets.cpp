// An addition at a call's start, another at its end.
#include "data/budgets.hpp"

#include "data/months.hpp"
#include "rpc/record.hpp"

namespace kappa::data {
namespace {

constexpr std::size_t row_bytes = 64;
constexpr std::size_t months_kept = 2;  // a clock may step back over a month's beginning

/// What a call can be billed for.
Use at_limits(const Limits& limits) {
  return {1, limits.timeout_ms * 1000 * limits.memory_mb, limits.cpu_ms * 1000};
}

}  // namespace

Hold::~Hold() {
  if (in_ == nullptr) return;
  const std::scoped_lock lock(in_->mutex_);
  in_->accounts_[user_id_].under_way -= cost_;
}

store::Sql spent_query() {
  return "SELECT day, SUM(executions), SUM(mb_us), SUM(cpu_us) FROM usage "
         "WHERE user_id = ?1 AND day >= ?2 GROUP BY day";
}

Result<Budgets::Account> Budgets::read(std::int64_t user_id) {
  return file_.read([&](store::Database& db) -> Result<Account> {
    Account account;
    account.known = true;
    auto own = db.query("SELECT monthly_budget FROM user WHERE user_id = ?", {user_id});
    if (TRY(own.next()) && !own.null(0)) account.own = Money{own.integer(0)};
    auto spent = db.query(spent_query(), {user_id, first_day_of(month_of(clock_.now()))});
    while (TRY(spent.next())) {
      const Use use{spent.integer(1), spent.integer(2), spent.integer(3)};
      add(account, month_of_day(spent.integer(0)), cost_of(use, options_));
    }
    return account;
  });
}

/// The lock, held, and an account that is known. None of a user's calls runs before theirs is, so
/// none is missed by what is read here.
Result<std::unique_lock<std::mutex>> Budgets::lock_known(std::int64_t user_id) {
  std::unique_lock lock(mutex_);
  if (accounts_[user_id].known) return lock;
  lock.unlock();
  const Account found = TRY(read(user_id));
  lock.lock();
  Account& account = accounts_[user_id];
  if (account.known) return lock;  // another did the same
  account.known = true;
  account.by_month = found.by_month;
  if (account.own_order == 0) account.own = found.own;  // else it was set meanwhile
  return lock;
}

void Budgets::add(Account& account, std::int64_t month, Cost cost) {
  account.by_month[month] += cost;
  if (account.by_month.size() > months_kept) account.by_month.erase(account.by_month.begin());
}

std::optional<Money> Budgets::in_force(const Account& account) const {
  std::optional<Money> budget = account.own;
  if (!budget && options_.monthly_budget.scaled > 0) budget = options_.monthly_budget;
  const Money most = options_.max_monthly_budget;
  if (most.scaled > 0 && (!budget || *budget > most)) budget = most;
  return budget;
}

Result<Hold> Budgets::admit(const StartExecution& ask) {
  const Cost cost = cost_of(at_limits(ask.limits), options_);
  const auto lock = TRY(lock_known(ask.user_id));
  Account& account = accounts_[ask.user_id];
  if (const auto budget = in_force(account)) {
    const std::int64_t month = month_of(clock_.now());
    const auto at = account.by_month.find(month);
    const Cost spent = at == account.by_month.end() ? 0 : at->second;
    if (spent >= cost_of(*budget)) return used_up(*budget, spent, month);
    if (spent + account.under_way >= cost_of(*budget)) return nearly_used_up(*budget);
  }
  account.under_way += cost;
  return Hold(*this, ask.user_id, cost);
}

void Budgets::settle(std::optional<Hold> hold, std::int64_t user_id, Timestamp ended_at,
                     const Use& use) {
  const Cost cost = cost_of(use, options_);
  const std::scoped_lock lock(mutex_);
  Account& account = accounts_[user_id];
  if (account.known) add(account, month_of(ended_at), cost);  // else it will be read
  if (!hold) return;
  account.under_way -= hold->cost_;
  hold->in_ = nullptr;
}

std::string Budgets::amount(Money money) const {
  return rpc::write_json(money) + (options_.currency.empty() ? "" : " " + options_.currency);
}

Error Budgets::used_up(Money budget, Cost spent, std::int64_t month) const {
  return {Code::over_budget,
          "the monthly budget of " + amount(budget) + " is used up: " + month_name(month).value +
              " has cost " + amount(rounded(spent)) + "; nothing was run; raise it, or wait for " +
              month_name(month + 1).value};
}

Error Budgets::nearly_used_up(Money budget) const {
  return {Code::limited, "the calls that run may use up what is left of the monthly budget of " +
                             amount(budget) + "; nothing was run, try again when one has ended"};
}

Result<Budget> Budgets::get(const GetBudget& ask) {
  Budget budget{month_name(month_of(clock_.now())), options_.currency, {}, {}, {}};
  const auto lock = TRY(lock_known(ask.user_id));
  const Account& account = accounts_[ask.user_id];
  budget.monthly_budget = account.own;
  budget.in_force = in_force(account);
  return budget;
}

Result<Nothing> Budgets::set(const SetBudget& ask) {
  const Money most = options_.max_monthly_budget;
  if (ask.monthly_budget && most.scaled > 0 && *ask.monthly_budget > most) {
    return Error{Code::invalid,
                 "",
                 {{"/monthly_budget", "expected at most " + amount(most) +
                                          ", this server's bill.max_monthly_budget, got " +
                                          amount(*ask.monthly_budget)}}};
  }
  std::int64_t order = 0;
  const auto update = [&](store::Database& db) -> Result<Nothing> {
    const store::Value value =
        ask.monthly_budget ? store::Value(ask.monthly_budget->scaled) : std::nullopt;
    TRY(db.run("UPDATE user SET monthly_budget = ? WHERE user_id = ?", {value, ask.user_id}));
    if (db.changes() != 1)
      return Error{Code::not_found, "user " + std::to_string(ask.user_id) + " not found"};
    order = ++orders_;
    return Nothing{};
  };
  TRY(file_.write(update, row_bytes));
  const std::scoped_lock lock(mutex_);
  Account& account = accounts_[ask.user_id];
  if (order < account.own_order) return Nothing{};  // another's was written after it
  account.own = ask.monthly_budget;
  account.own_order = order;
  return Nothing{};
}

}  // namespace kappa::data
