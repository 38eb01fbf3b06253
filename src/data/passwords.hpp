// Passwords hashed and checked, a few at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "kappa/core.hpp"

namespace kappa::data {

/// Thread-safe. A hash takes tens of milliseconds and 19 MiB: two are made at a time, a bounded
/// number of callers waits for its turn, and more are refused (limited).
class Passwords {
 public:
  Passwords();

  /// argon2id with a salt of its own, in libsodium's text form.
  Result<std::string> hash(std::string_view password);
  /// Whether `hash` was made from this password, all of its bytes. An empty hash is nobody's:
  /// false, at the cost of any other. unavailable: there is no memory to find out.
  Result<bool> match(std::string_view password, const std::string& hash);

 private:
  /// One of the few that may hash now.
  class Turn {
   public:
    explicit Turn(Passwords& passwords) : passwords_(&passwords) {}
    Turn(Turn&& other) noexcept : passwords_(std::exchange(other.passwords_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    Passwords* passwords_;
  };
  Result<Turn> wait_for_turn();
  void end_turn();

  std::string nobody_;  ///< a hash that no password matches
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t running_ = 0;  ///< guarded by mutex_
  std::size_t waiting_ = 0;  ///< guarded by mutex_
};

}  // namespace kappa::data
