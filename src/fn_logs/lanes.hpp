// Outputs on their way to another process, so that no call waits for the network while it runs.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "base/trace.hpp"
#include "kappa/fn_logs.hpp"

namespace kappa::fn_logs {

/// A few threads that send; an execution's outputs go one behind the other. What waits is bounded
/// in bytes, and fails with whatever it waits behind when nobody answers: later outputs are tried
/// anew. Thread-safe.
class Lanes {
 public:
  using Send = std::function<Result<Nothing>(const Output&)>;
  explicit Lanes(Send send);
  /// Sends what waits.
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  /// unavailable: too much waits already.
  Kept begin(const Output& output);

 private:
  struct Entry {
    Output output;
    std::optional<Trace> trace;  ///< whose request it is of, so that the other's log shows it
    std::size_t bytes = 0;
    std::promise<Result<Nothing>> answer = {};
  };
  struct Lane {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Entry> waiting;  ///< guarded by mutex, as the rest
    std::size_t bytes = 0;      ///< of what waits and is being sent
    bool ending = false;
    std::thread thread;
  };

  void work(Lane& lane) const;
  Result<Nothing> send(const Entry& entry) const;
  static std::deque<Entry> take_all(Lane& lane);

  const Send send_;
  std::array<Lane, 8> lanes_;  // as many commits that another process gathers to one
};

}  // namespace kappa::fn_logs
