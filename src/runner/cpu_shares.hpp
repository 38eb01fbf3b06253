// How functions share the processors: evenly between users, and each user's part evenly between the
// functions of that user that run; who uses much gives way.
#pragma once

#include <map>
#include <mutex>

#include "runner/cpu_credit.hpp"

namespace kappa::runner {

/// Thread-safe. Outlives the functions' shares.
class CpuShares {
 public:
  using Time = CpuCredit::Time;

  /// `processors`: of the machine; a quota of this process's is not known here.
  explicit CpuShares(int processors) : processors_(processors) {}
  CpuShares(const CpuShares&) = delete;
  CpuShares& operator=(const CpuShares&) = delete;

  class Function;

 private:
  struct User {
    CpuCredit credit;
    int functions = 0;  ///< that have run
    int running = 0;    ///< of those
    int lately = 0;     ///< the most that were running in about the last second
    Time lately_noted{};
  };

  int lately(User& user, Time now);

  const int processors_;
  std::mutex mutex_;                    // no other is taken under it
  std::map<std::int64_t, User> users_;  // guarded by mutex_, as the next
  int running_users_ = 0;
};

/// What one function has. Two of one function, loaded twice, are two.
class CpuShares::Function {
 public:
  explicit Function(CpuShares& in) : in_(in) {}
  ~Function();
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;

  /// It runs calls from here on, of its owner, or no more.
  void begin(std::int64_t owner);
  void end();
  /// Its calls have used so much CPU time more. Which part it has from `now` on of the weight that
  /// a user's functions have together: less than its even part while it gives way to others of its
  /// owner, or its owner to other users. Each has credit for half of an even share (CpuCredit).
  double spend(std::int64_t us, Time now);

 private:
  CpuShares& in_;
  User* user_ = nullptr;  // guarded by in_.mutex_, as the next
  std::int64_t owner_ = 0;
  CpuCredit credit_;
};

}  // namespace kappa::runner
