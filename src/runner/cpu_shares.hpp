// How functions share the processors: evenly between users, and each user's part evenly between
// those of its functions that use them; who uses much gives way.
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
  using Second = std::int64_t;

  /// How many are busy: in this second so far or in the one before, whichever were more. One that
  /// only waits takes nothing from others, and the kernel need not be told of each call.
  class Busy {
   public:
    /// Counts one, which was busy last in `last`.
    void note(Second& last, Second now);
    /// Takes back one that is gone.
    void forget(Second last);
    /// At least one: whoever asks.
    int count(Second now);

   private:
    void advance(Second now);

    Second second_ = 2;  // later than that of one that has never been busy, and the next
    int in_it_ = 0;
    int before_ = 0;
  };
  struct User {
    CpuCredit credit;
    Busy functions;
    Second busy_in = 0;
    int holders = 0;  ///< functions that have run
  };

  const int processors_;
  std::mutex mutex_;                    // no other is taken under it
  std::map<std::int64_t, User> users_;  // guarded by mutex_, as the next
  Busy busy_users_;
};

/// What one function has. Two of one function, loaded twice, are two.
class CpuShares::Function {
 public:
  explicit Function(CpuShares& in) : in_(in) {}
  ~Function();
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;

  /// Its calls have used so much CPU time more; they are its owner's, who stays the same. Which
  /// part it has from `now` on of the weight that a user's functions have together: less than its
  /// even part while it gives way to others of its owner, or its owner to other users. Each has
  /// credit for half of an even share (CpuCredit).
  double spend(std::int64_t owner, std::int64_t us, Time now);

 private:
  CpuShares& in_;
  User* user_ = nullptr;  // guarded by in_.mutex_, as the rest
  std::int64_t owner_ = 0;
  CpuCredit credit_;
  std::int64_t not_noted_us_ = 0;
  Second busy_in_ = 0;
};

}  // namespace kappa::runner
