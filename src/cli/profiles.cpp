// profiles.json.
#include "cli/profiles.hpp"

#include "base/suggest.hpp"
#include "cli/private_file.hpp"

namespace kappa::cli {
namespace {

constexpr auto name_of_file = "profiles.json";
constexpr auto mend = "remove it and make them again: kappa profile add";

}  // namespace

Tried<Profiles> load_profiles() { return load_private<Profiles>(name_of_file, mend); }

Tried<Nothing> change_profiles(const std::function<Tried<Nothing>(Profiles&)>& change) {
  const PrivateLock lock = TRY(PrivateLock::take());
  auto profiles = TRY(load_profiles());
  TRY(change(profiles));
  return write_private(name_of_file, rpc::write_json(profiles) + "\n");
}

Tried<Profile> find_profile(const Profiles& profiles, const std::string& name) {
  const auto found = profiles.profiles.find(name);
  if (found != profiles.profiles.end()) return found->second;
  if (name == default_profile) return Profile{};
  std::vector<std::string_view> known{default_profile};
  for (const auto& [other, profile] : profiles.profiles) known.push_back(other);
  const std::string close(nearest(name, known));
  return Trouble::misuse("there is no profile '" + name + "'",
                         close.empty() ? "" : "did you mean '" + close + "'?",
                         "kappa profile list");
}

}  // namespace kappa::cli
