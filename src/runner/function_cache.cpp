// One load per function at a time; the map's lock is never held while one is under way.
#include "runner/function_cache.hpp"

#include <cstring>

namespace kappa::runner {

std::size_t FunctionCache::Hash::operator()(const Uuid& id) const {
  std::size_t hash = 0;
  std::memcpy(&hash, id.bytes.data() + 8, sizeof hash);  // the random half
  return hash;
}

Result<Module> FunctionCache::fetch(const CodeId& code_id) {
  const auto stream = TRY(fn_code_.read({code_id}));
  Module module{"function.py", ""};
  while (auto piece = TRY(stream.next())) module.source += *piece;
  if (sha256_hex(module.source) != code_id.value) {
    return Error{Code::internal,
                 "code " + code_id.value + " is not what was stored: its hash differs"};
  }
  return module;
}

std::shared_ptr<FunctionCache::Place> FunctionCache::place_of(const Uuid& fn_id) {
  const std::scoped_lock lock(mutex_);
  auto& place = places_[fn_id];
  if (!place) place = std::make_shared<Place>();
  place->used = ++now_;
  return place;
}

std::shared_ptr<LoadedFunction> FunctionCache::usable_in(Place& place) {
  const std::scoped_lock lock(mutex_);
  return place.function && place.function->usable() ? place.function : nullptr;
}

Result<std::shared_ptr<LoadedFunction>> FunctionCache::get(const Uuid& fn_id,
                                                           const CodeId& code_id) {
  const auto place = place_of(fn_id);
  if (auto loaded = usable_in(*place)) return loaded;
  const std::scoped_lock loading(place->loading);
  if (auto loaded = usable_in(*place)) return loaded;
  auto function = load(code_id);
  const std::scoped_lock lock(mutex_);
  if (!function) {  // an empty place must not count as a loaded function
    const auto at = places_.find(fn_id);
    if (at != places_.end() && at->second == place) places_.erase(at);
    return function;
  }
  place->function = *function;
  make_room();
  return function;
}

Result<std::shared_ptr<LoadedFunction>> FunctionCache::load(const CodeId& code_id) {
  const Module module = TRY(fetch(code_id));
  return LoadedFunction::load(from_, module, options_);
}

std::shared_ptr<LoadedFunction> FunctionCache::find(const Uuid& fn_id) {
  const std::scoped_lock lock(mutex_);
  const auto at = places_.find(fn_id);
  if (at == places_.end() || !at->second->function || !at->second->function->usable())
    return nullptr;
  return at->second->function;
}

void FunctionCache::make_room() {
  while (places_.size() > static_cast<std::size_t>(options_.max_loaded)) {
    auto oldest = places_.end();
    for (auto at = places_.begin(); at != places_.end(); ++at) {
      if (at->second->function &&
          (oldest == places_.end() || at->second->used < oldest->second->used))
        oldest = at;
    }
    if (oldest == places_.end()) return;
    places_.erase(oldest);  // its calls, if any, still hold it
  }
}

void FunctionCache::unload(const Uuid& fn_id) {
  std::shared_ptr<LoadedFunction> function;
  {
    const std::scoped_lock lock(mutex_);
    const auto at = places_.find(fn_id);
    if (at == places_.end()) return;
    function = at->second->function;
    places_.erase(at);
  }
  if (function) function->unload();
}

std::size_t FunctionCache::size() const {
  const std::scoped_lock lock(mutex_);
  return places_.size();
}

}  // namespace kappa::runner
