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
  Module module{"function.py", "", 0, false};
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

std::shared_ptr<LoadedFunction> FunctionCache::usable_in(Place& place, const Terms& terms) {
  const std::scoped_lock lock(mutex_);
  const bool fits = place.function && place.function->usable() && place.function->terms() == terms;
  return fits ? place.function : nullptr;
}

Result<std::shared_ptr<LoadedFunction>> FunctionCache::get(const Uuid& fn_id, const CodeId& code_id,
                                                           const Terms& terms,
                                                           const std::string& name) {
  const auto place = place_of(fn_id);
  if (auto loaded = usable_in(*place, terms)) return loaded;
  const std::int64_t failures = place->failures;
  const std::scoped_lock loading(place->loading);
  if (auto loaded = usable_in(*place, terms)) return loaded;
  // Whoever waited for a load that failed need not see it fail again.
  if (place->failures != failures) return *place->failure;
  auto function = load(code_id, terms, name.empty() ? to_text(fn_id) : name);
  if (!function) {
    place->failure = function.error();
    ++place->failures;
  }
  const std::scoped_lock lock(mutex_);
  if (!function) {
    // An empty place must not count as a loaded function; one on other terms goes on.
    if (!place->function) let_go(fn_id, *place);
    return function;
  }
  place->function = *function;  // the calls of the one before still hold that
  make_room(*place);
  return function;
}

void FunctionCache::let_go(const Uuid& fn_id, const Place& place) {
  const auto at = places_.find(fn_id);
  if (at != places_.end() && at->second.get() == &place) places_.erase(at);
}

Result<std::shared_ptr<LoadedFunction>> FunctionCache::load(const CodeId& code_id,
                                                            const Terms& terms,
                                                            const std::string& name) {
  return LoadedFunction::load(homes_, TRY(fetch(code_id)), terms, options_, name);
}

std::shared_ptr<LoadedFunction> FunctionCache::find(const Uuid& fn_id) {
  const std::scoped_lock lock(mutex_);
  const auto at = places_.find(fn_id);
  if (at == places_.end() || !at->second->function || !at->second->function->usable())
    return nullptr;
  return at->second->function;
}

void FunctionCache::make_room(const Place& but) {
  std::int64_t kb = 0;
  for (const auto& [id, place] : places_) kb += place->function ? place->function->memory_kb() : 0;
  while (kb > options_.loaded_mb * 1024) {
    auto oldest = places_.end();
    for (auto at = places_.begin(); at != places_.end(); ++at) {
      const Place& place = *at->second;
      if (!place.function || &place == &but || place.function->running() > 0) continue;
      if (oldest == places_.end() || place.used < oldest->second->used) oldest = at;
    }
    if (oldest == places_.end()) return;
    kb -= oldest->second->function->memory_kb();
    places_.erase(oldest);
  }
}

std::vector<std::shared_ptr<LoadedFunction>> FunctionCache::all() const {
  std::vector<std::shared_ptr<LoadedFunction>> functions;
  const std::scoped_lock lock(mutex_);
  for (const auto& [id, place] : places_) {
    if (place->function) functions.push_back(place->function);
  }
  return functions;
}

void FunctionCache::tidy() {
  for (const auto& function : all()) function->tidy();
  groups_.tidy();
  const std::scoped_lock lock(mutex_);
  std::erase_if(places_, [this](const auto& entry) {
    Place& place = *entry.second;
    const bool goes = place.function &&
                      (!place.function->usable() || place.function->idle_ms() > options_.idle_ms);
    // Not while another is loaded in its place.
    return goes && std::unique_lock(place.loading, std::try_to_lock).owns_lock();
  });
}

void FunctionCache::prepare() {
  if (const auto terms = agree_terms({}, options_, false)) homes_.prepare(*terms);
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
