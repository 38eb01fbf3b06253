// What was read lately, for reads that each call repeats.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "kappa/core.hpp"

namespace kappa::data {

/// Answers of one kind of read, until what it reads is written. Thread-safe.
template <class Key, class Value>
class Recent {
 public:
  /// `read` is Result<Value>(); it is asked when its answer for this key is not known. An error is
  /// never kept.
  template <class Read>
  Result<Value> get(const Key& key, const Read& read) {
    const auto now = std::chrono::steady_clock::now();
    std::uint64_t writes = 0;
    {
      const std::scoped_lock lock(mutex_);
      const auto at = kept_.find(key);
      if (at != kept_.end() && now < at->second.until) return at->second.value;
      writes = writes_;
    }
    Result<Value> value = read();
    if (value) keep(key, {*value, now + kept_for}, writes);
    return value;
  }

  /// To be called when a write may have changed an answer, before whoever wrote is told that it is
  /// done: from then on nobody is given the old one.
  void forget() {
    const std::scoped_lock lock(mutex_);
    ++writes_;
    kept_.clear();
  }

 private:
  // Nobody else writes the file, but a person may, with a tool for it: that is seen this soon.
  static constexpr std::chrono::seconds kept_for{1};
  static constexpr std::size_t most = 1024;  // some hundred bytes each

  struct Kept {
    Value value;
    std::chrono::steady_clock::time_point until;
  };

  void keep(const Key& key, Kept kept, std::uint64_t writes) {
    const std::scoped_lock lock(mutex_);
    if (writes != writes_) return;  // written while it was read: it may be the old answer
    if (kept_.size() >= most) kept_.clear();
    kept_.insert_or_assign(key, std::move(kept));
  }

  std::mutex mutex_;
  std::uint64_t writes_ = 0;  ///< guarded by mutex_, as the next
  std::map<Key, Kept> kept_;
};

}  // namespace kappa::data
