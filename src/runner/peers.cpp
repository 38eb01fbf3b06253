// What is asked is the least that each of them has to answer.
#include "runner/peers.hpp"

#include <exception>

namespace kappa::runner {
namespace {

constexpr std::chrono::seconds ask_every{1};

}  // namespace

template <class T>
Result<Nothing> Peers::answered(const Result<T>& result) const {
  if (result || result.error().code != Code::unavailable) return Nothing{};
  if (before_ && result.error().contact != Contact::refused) return Nothing{};
  return result.error();
}

Result<Nothing> Peers::accept_us() {
  if (settled_) return Nothing{};
  if (!take_turn()) {
    const std::scoped_lock lock(mutex_);
    return known_;
  }
  const int refusals = refusals_;
  auto answer = try_all();
  settled_ = answer && refusals == refusals_;  // else it is asked again
  if (answer) before_ = true;
  const std::scoped_lock lock(mutex_);
  asking_ = false;
  asked_ = std::chrono::steady_clock::now();
  known_ = answer;
  return answer;
}

bool Peers::take_turn() {
  const std::scoped_lock lock(mutex_);
  if (asking_) return false;
  if (asked_ && std::chrono::steady_clock::now() - *asked_ < ask_every) return false;
  asking_ = true;
  return true;
}

Result<Nothing> Peers::try_all() const try {
  return ask_all();
} catch (const std::exception& error) {  // as no memory: it is asked again
  return Error{Code::unavailable, error.what()};
}

Result<Nothing> Peers::ask_all() const {
  TRY(answered(data_.list_runners({})));
  TRY(answered(fn_code_.list_holders({{}, 1})));
  return answered(fn_logs_.inspect({}));
}

}  // namespace kappa::runner
