// fn-init's children are the rewinder, where there is one, the zygote, and whoever has lost its
// parent; the zygote's are those that the server asked it for.
#include "runner/stowaways.hpp"

#include <algorithm>

#include "runner/usage.hpp"

namespace kappa::runner {
namespace {

constexpr int most_looks = 3;

std::size_t asked_for(bool with_rewinder) { return with_rewinder ? 2 : 1; }

}  // namespace

pid_t zygote_of(pid_t init, bool with_rewinder) {
  const auto own = living_children_of(init);
  const std::size_t count = asked_for(with_rewinder);
  return own.size() < count ? -1 : own[count - 1];
}

std::set<pid_t> Stowaways::now() const {
  const auto own = living_children_of(init_);
  const std::size_t count = asked_for(with_rewinder_);
  std::set<pid_t> found;
  if (own.size() < count) return found;  // the function ends
  found.insert(own.begin() + static_cast<std::ptrdiff_t>(count), own.end());
  for (const pid_t child : living_children_of(own[count - 1])) {
    if (!expected_.contains(child)) found.insert(child);
  }
  return found;
}

bool Stowaways::any() const { return !now().empty(); }

bool Stowaways::settled() {
  const auto found = now();
  std::map<pid_t, int> looks;
  for (const pid_t pid : found) looks[pid] = looks_.contains(pid) ? looks_[pid] + 1 : 1;
  looks_ = std::move(looks);
  std::erase_if(expected_, [](pid_t pid) { return parent_of(pid) < 0; });
  return std::any_of(looks_.begin(), looks_.end(),
                     [](const auto& look) { return look.second >= most_looks; });
}

}  // namespace kappa::runner
