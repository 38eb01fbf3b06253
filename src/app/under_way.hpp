// How many requests are being answered.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "net/socket.hpp"

namespace kappa::app {

/// Thread-safe.
class UnderWay {
 public:
  /// One more, as long as it lives.
  class One {
   public:
    explicit One(UnderWay& all) : all_(all) {
      const std::scoped_lock lock(all_.mutex_);
      ++all_.count_;
    }
    One(const One&) = delete;
    One& operator=(const One&) = delete;
    ~One() {
      const std::scoped_lock lock(all_.mutex_);
      if (--all_.count_ == 0) all_.none_.notify_all();
    }

   private:
    UnderWay& all_;
  };

  /// Until there is none, at the latest until `deadline`.
  void wait_for_none(net::Deadline deadline) {
    std::unique_lock lock(mutex_);
    none_.wait_until(lock, deadline, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::int64_t count_ = 0;  // guarded by mutex_
};

}  // namespace kappa::app
