// Takes away what is left over, beside the serving.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "kappa/data.hpp"
#include "kappa/fn_code.hpp"
#include "kappa/fn_logs.hpp"

namespace kappa::app {

/// A module that may have something of functions that are gone.
template <class Module>
struct Swept {
  Module* module = nullptr;  ///< null: another Kappa keeps it, and sweeps it
  bool alone = false;  ///< nobody but this Kappa, with this data, can have put anything into it
};

/// A thread that looks when it begins, and then once a day: for code and logs of functions that are
/// deleted, or that never were, and for files that nobody needs. A row of a function is there
/// before anything else of it and ids are never given twice, so what is listed first and has no row
/// then will never have one; where others use a module with data of their own, only a row that says
/// "deleted" proves anything. One function at a time, each in slices. Thread-safe.
class Housekeeping {
 public:
  /// The modules outlive it; the folder is held.
  Housekeeping(std::filesystem::path folder, data::Data& data, Swept<fn_code::FnCode> fn_code,
               Swept<fn_logs::FnLogs> fn_logs)
      : folder_(std::move(folder)), data_(data), fn_code_(fn_code), fn_logs_(fn_logs) {}
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;
  ~Housekeeping();

  /// Once, when everything serves.
  void begin();

 private:
  void work();
  Result<Nothing> sweep();
  void sweep_files() const;
  template <class List, class Erase>
  Result<std::int64_t> sweep_functions(bool alone, const List& list, const Erase& erase);
  Result<bool> is_gone(const Uuid& fn_id, bool alone) const;
  bool ending();

  const std::filesystem::path folder_;
  data::Data& data_;
  const Swept<fn_code::FnCode> fn_code_;
  const Swept<fn_logs::FnLogs> fn_logs_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace kappa::app
