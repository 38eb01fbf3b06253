// Named servers, each with a login of its own.
#pragma once

#include <map>
#include <string>

#include "kappa/core.hpp"

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

/// Errors as load_credentials() and save_credentials() have them.
Result<Profiles> load_profiles();
Result<Nothing> save_profiles(const Profiles& profiles);

/// The profile of that name. invalid: there is none; says which there are. The default one always
/// is.
Result<Profile> find_profile(const Profiles& profiles, const std::string& name);

}  // namespace kappa::cli
