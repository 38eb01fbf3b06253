// profiles.json.
#include "cli/profiles.hpp"

#include "base/suggest.hpp"
#include "cli/private_file.hpp"
#include "rpc/record.hpp"

namespace kappa::cli {
namespace {

constexpr auto name_of_file = "profiles.json";

}  // namespace

Result<Profiles> load_profiles() {
  Profiles profiles;
  const auto file = private_file(name_of_file);
  const std::string text = TRY(read_private(file));
  if (text.empty()) return profiles;
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::read_json(text, profiles, reading);
  if (!faults.empty()) {
    return Error{Code::invalid, "profiles file " + file.string() +
                                    " is damaged: " + faults.front().at + " " + faults.front().why +
                                    "; remove it and make them again: kappa profile add"};
  }
  return profiles;
}

Result<Nothing> save_profiles(const Profiles& profiles) {
  return write_private(private_file(name_of_file), rpc::write_json(profiles) + "\n");
}

Result<Profile> find_profile(const Profiles& profiles, const std::string& name) {
  const auto found = profiles.profiles.find(name);
  if (found != profiles.profiles.end()) return found->second;
  if (name == default_profile) return Profile{};
  std::vector<std::string_view> known{default_profile};
  for (const auto& [other, profile] : profiles.profiles) known.push_back(other);
  const std::string_view close = nearest(name, known);
  return Error{Code::invalid, "there is no profile '" + name + "'; " +
                                  (close.empty() ? "kappa profile list"
                                                 : "did you mean '" + std::string(close) + "'?")};
}

}  // namespace kappa::cli
