// A user's functions are counted as they ran lately: the kernel need not be told of each call.
#include "runner/cpu_shares.hpp"

#include <algorithm>

namespace kappa::runner {
namespace {

constexpr std::chrono::seconds lately_is{1};
constexpr int fewest = 2;               // one alone has nobody to give way to
constexpr double giving_way = 1.0 / 2;  // a quarter did hardly more for others

}  // namespace

int CpuShares::lately(User& user, Time now) {
  if (user.running >= user.lately || now - user.lately_noted > lately_is) {
    user.lately = std::max(user.running, 1);
    user.lately_noted = now;
  }
  return user.lately;
}

CpuShares::Function::~Function() {
  const std::scoped_lock lock(in_.mutex_);
  if (user_ && --user_->functions == 0) in_.users_.erase(owner_);
}

void CpuShares::Function::begin(std::int64_t owner) {
  const std::scoped_lock lock(in_.mutex_);
  if (!user_) {
    owner_ = owner;
    user_ = &in_.users_[owner];
    ++user_->functions;
  }
  if (++user_->running == 1) ++in_.running_users_;
}

void CpuShares::Function::end() {
  const std::scoped_lock lock(in_.mutex_);
  if (--user_->running == 0) --in_.running_users_;
}

double CpuShares::Function::spend(std::int64_t us, Time now) {
  const std::scoped_lock lock(in_.mutex_);
  if (!user_) return 1;
  const int functions = in_.lately(*user_, now);
  const auto half_of_share = [&](int sharers) {
    return 0.5 * in_.processors_ / std::max(sharers, fewest);
  };
  double part = 1.0 / functions;
  if (user_->credit.spend(us, half_of_share(in_.running_users_), now)) part *= giving_way;
  if (credit_.spend(us, half_of_share(in_.running_users_ * functions), now)) part *= giving_way;
  return part;
}

}  // namespace kappa::runner
