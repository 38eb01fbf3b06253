// Whether those that a runner asks take its token: one that they refuse answers calls so fast that
// a balancer would send it all of them.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

#include "kappa/data.hpp"
#include "kappa/fn_code.hpp"
#include "kappa/fn_logs.hpp"

namespace kappa::runner {

/// Each is asked until all have answered, at most once a second, and again after one of them has
/// refused our token. That one is away later is not looked at: what runs meanwhile may yet be
/// recorded, and a balancer would end it. Thread-safe. All it is given outlives it.
class Peers {
 public:
  Peers(data::Data& data, fn_code::FnCode& fn_code, fn_logs::FnLogs& fn_logs)
      : data_(data), fn_code_(fn_code), fn_logs_(fn_logs) {}

  /// unavailable: one of them has not answered yet, or does not take our token, as far as is known.
  Result<Nothing> accept_us();

  /// The same result. When it is the refusal of our token, all of them are asked again.
  template <class T>
  Result<T> noted(Result<T> result) {
    if (!result && result.error().contact == Contact::refused) {
      ++refusals_;
      settled_ = false;
    }
    return result;
  }

 private:
  /// Whether it is this thread's to ask now.
  bool take_turn();
  Result<Nothing> ask_all() const;
  Result<Nothing> try_all() const;
  template <class T>
  Result<Nothing> answered(const Result<T>& result) const;

  data::Data& data_;
  fn_code::FnCode& fn_code_;
  fn_logs::FnLogs& fn_logs_;
  std::atomic<bool> settled_ = false;  // all have taken it, and none has refused it since
  std::atomic<int> refusals_ = 0;
  std::atomic<bool> before_ = false;  // all have taken it, once
  std::mutex mutex_;
  bool asking_ = false;                                         // guarded by mutex_, as the rest
  std::optional<std::chrono::steady_clock::time_point> asked_;  // when the last answers came
  Result<Nothing> known_ =
      Error{Code::unavailable, "data, fn_code and fn_logs have not answered the runner yet"};
};

}  // namespace kappa::runner
