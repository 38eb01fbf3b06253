// Named servers, each with a login of its own.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cli/trouble.hpp"

namespace kappa::cli {

/// The profile of who has made none.
constexpr auto default_profile = "default";
constexpr auto default_server = "http://127.0.0.1:8010";

struct Profile {
  std::string server = default_server;
};
BOOST_DESCRIBE_STRUCT(Profile, (), (server))

struct Profiles {
  std::string current = default_profile;  ///< the one that commands use unless told otherwise
  std::map<std::string, Profile> profiles;
};
BOOST_DESCRIBE_STRUCT(Profiles, (), (current, profiles))

/// Trouble as load_credentials() and change_credentials() have it; besides, what `change` finds.
Tried<Profiles> load_profiles();
Tried<Nothing> change_profiles(const std::function<Tried<Nothing>(Profiles&)>& change);

/// The profile of that name. Misuse: there is none; says which may have been meant. The default one
/// always is.
Tried<Profile> find_profile(const Profiles& profiles, const std::string& name);

}  // namespace kappa::cli
