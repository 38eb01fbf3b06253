// A function's lines as its owner asks for them: a page, or all that come from now on.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "kappa/gateway.hpp"
#include "kappa/logs.hpp"

namespace kappa::gateway {

/// What the logs are to be asked for. invalid: a time, an age or an id is none.
Result<logs::ReadLines> selection_of(const ReadLogLines& ask, const Uuid& fn_id,
                                     const Clock& clock);

/// How many follow, so that they leave connections for others. Thread-safe.
class Followers {
 public:
  /// Held while somebody follows.
  class Seat {
   public:
    Seat(Followers& in, std::int64_t user_id) : in_(in), user_id_(user_id) {}
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat();

   private:
    Followers& in_;
    const std::int64_t user_id_;
  };
  /// limited: as many follow as may.
  Result<std::shared_ptr<Seat>> take(std::int64_t user_id);

 private:
  std::mutex mutex_;
  std::map<std::int64_t, int> by_user_;  ///< guarded by mutex_, as the next
  int count_ = 0;
};

/// Why no more lines come.
struct Over {
  std::string reason;
  bool at_once = true;  ///< else what was printed until now still comes
};
/// Nothing: they go on.
using GoesOn = std::function<Result<std::optional<Over>>()>;

/// Server-sent events, one a line, each with the line's cursor as its id: from behind `after` on,
/// else from now on. `goes_on` is asked every second, and what it says is the last event. `logs`
/// outlives it.
Stream follow(logs::Logs& logs, logs::ReadLines ask, GoesOn goes_on,
              std::shared_ptr<Followers::Seat> seat);

}  // namespace kappa::gateway
