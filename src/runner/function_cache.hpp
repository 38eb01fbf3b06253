// The functions that are loaded, the least recently used of them let go when they take too much
// memory.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/hash.hpp"
#include "kappa/fn_code.hpp"
#include "runner/loaded_function.hpp"

namespace kappa::runner {

/// Thread-safe.
class FunctionCache {
 public:
  FunctionCache(TemplateProcess& from, ControlGroups& groups, fn_code::FnCode& fn_code,
                const RunnerOptions& options)
      : homes_(from, groups), groups_(groups), fn_code_(fn_code), options_(options) {}

  /// The function, loaded if it is not, or is on other terms. Whoever asks for one that is being
  /// loaded waits for it. Errors as LoadedFunction::load() and FnCode::read() have them.
  /// `name` is what the log calls it.
  Result<std::shared_ptr<LoadedFunction>> get(const Uuid& fn_id, const CodeId& code_id,
                                              const Terms& terms, const std::string& name);
  /// The function if it is loaded; nothing otherwise.
  std::shared_ptr<LoadedFunction> find(const Uuid& fn_id);
  void unload(const Uuid& fn_id);
  /// Lets go of functions that nobody has called for long, and of children that are not needed. To
  /// be called about once a second.
  void tidy();
  /// Has a zygote ready for the next function that is loaded, when that has no settings of its own.
  void prepare();
  std::size_t size() const;

 private:
  struct Hash {
    std::size_t operator()(const Uuid& id) const;
  };
  /// Shared with whoever loads into it, for it may be taken out of the map meanwhile.
  struct Place {
    std::mutex loading;
    std::optional<Error> failure;  // of the last load, guarded by `loading`
    std::atomic<std::int64_t> failures = 0;
    std::shared_ptr<LoadedFunction> function;  // guarded by the cache's mutex_
    std::uint64_t used = 0;                    // guarded by the cache's mutex_
  };

  Result<Module> fetch(const CodeId& code_id);
  Result<std::shared_ptr<LoadedFunction>> load(const CodeId& code_id, const Terms& terms,
                                               const std::string& name);
  std::shared_ptr<Place> place_of(const Uuid& fn_id);
  std::shared_ptr<LoadedFunction> usable_in(Place& place, const Terms& terms);
  void let_go(const Uuid& fn_id, const Place& place);
  void make_room(const Place& but);
  std::vector<std::shared_ptr<LoadedFunction>> all() const;

  Homes homes_;
  ControlGroups& groups_;
  fn_code::FnCode& fn_code_;
  const RunnerOptions& options_;
  mutable std::mutex mutex_;
  std::uint64_t now_ = 0;  // guarded by mutex_: counts uses
  std::unordered_map<Uuid, std::shared_ptr<Place>, Hash> places_;
};

}  // namespace kappa::runner
