// A sign of life while the server works.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace kappa::cli {

/// Turns on standard error while it lives: only on a terminal, and only after 150 ms, for what is
/// quick needs none. Ctrl-C wipes it and ends the program as it would without it. One at a time.
class Spinner {
 public:
  explicit Spinner(std::string doing);
  Spinner(const Spinner&) = delete;
  Spinner& operator=(const Spinner&) = delete;
  ~Spinner();

 private:
  void turn();

  const std::string doing_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace kappa::cli
