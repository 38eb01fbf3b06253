// Counted by the second: who was busy in the last one counts from the beginning of the next.
#include "runner/cpu_shares.hpp"

#include <algorithm>
#include <utility>

namespace kappa::runner {
namespace {

constexpr std::int64_t busy_us = 1'000;  // of CPU time
constexpr int fewest = 2;                // one alone has nobody to give way to
constexpr double giving_way = 1.0 / 2;   // at each level, a quarter at both

}  // namespace

void CpuShares::Busy::advance(Second now) {
  if (now <= second_) return;  // two threads may come in another order
  before_ = now == second_ + 1 ? in_it_ : 0;
  in_it_ = 0;
  second_ = now;
}

void CpuShares::Busy::note(Second& last, Second now) {
  advance(now);
  if (std::exchange(last, second_) != second_) ++in_it_;
}

void CpuShares::Busy::forget(Second last) {
  if (last == second_) --in_it_;
  if (last == second_ - 1) --before_;
}

int CpuShares::Busy::count(Second now) {
  advance(now);
  return std::max({in_it_, before_, 1});
}

CpuShares::Function::~Function() {
  const std::scoped_lock lock(in_.mutex_);
  if (!user_) return;
  user_->functions.forget(busy_in_);
  if (--user_->holders > 0) return;
  in_.busy_users_.forget(user_->busy_in);
  in_.users_.erase(owner_);
}

double CpuShares::Function::spend(std::int64_t owner, std::int64_t us, Time now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::scoped_lock lock(in_.mutex_);
  if (!user_) {
    owner_ = owner;
    user_ = &in_.users_[owner];
    ++user_->holders;
  }
  not_noted_us_ += us;
  if (not_noted_us_ >= busy_us) {
    not_noted_us_ = 0;
    user_->functions.note(busy_in_, second);
    in_.busy_users_.note(user_->busy_in, second);
  }
  const int users = in_.busy_users_.count(second);
  const int functions = user_->functions.count(second);
  const auto half_of_share = [&](int sharers) {
    return 0.5 * in_.processors_ / std::max(sharers, fewest);
  };
  double part = 1.0 / functions;
  if (user_->credit.spend(us, half_of_share(users), now)) part *= giving_way;
  if (credit_.spend(us, half_of_share(users * functions), now)) part *= giving_way;
  return part;
}

}  // namespace kappa::runner
