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

/// Each is asked until it has answered, at most once a second in all, and again after one of them
/// has refused something. That one is away later is not looked at: what runs meanwhile may yet be
/// recorded, and a balancer would end it. Thread-safe. All it is given outlives it.
class Peers {
 public:
  Peers(data::Data& data, fn_code::FnCode& fn_code, fn_logs::FnLogs& fn_logs)
      : data_(data), fn_code_(fn_code), fn_logs_(fn_logs) {}

  /// unavailable: one of them does not answer or does not take our token, as of a moment ago.
  Result<Nothing> accept_us();

  /// The same result. When it may be the refusal of a token, all of them are asked again.
  template <class T>
  Result<T> noted(Result<T> result) {
    if (!result && is_refusal(result.error())) accepted_ = false;
    return result;
  }

 private:
  /// Whether it came from one that could be reached.
  static bool is_refusal(const Error& error) {
    return error.code == Code::unavailable && error.contact == Contact::made;
  }
  /// Takes the turn to ask; nothing when it is not time, or another thread has it.
  bool take_turn();
  Result<Nothing> ask_all() const;
  template <class T>
  Result<Nothing> answered(const Result<T>& result) const;

  data::Data& data_;
  fn_code::FnCode& fn_code_;
  fn_logs::FnLogs& fn_logs_;
  std::atomic<bool> accepted_ = false;
  std::atomic<bool> known_ = false;  // they did, once
  std::mutex mutex_;
  bool asking_ = false;                                         // guarded by mutex_, as the rest
  std::optional<std::chrono::steady_clock::time_point> asked_;  // when the last answers came
  Error refusal_{Code::unavailable, "data, fn_code and fn_logs have not answered the runner yet"};
};

}  // namespace kappa::runner
