// Who the person is at each server, kept between commands.
#pragma once

#include <map>
#include <string>

#include "kappa/core.hpp"

namespace kappa::cli {

struct Credential {
  std::string username;
  std::string token;
};
BOOST_DESCRIBE_STRUCT(Credential, (), (username, token))

/// By login_key().
struct Credentials {
  std::map<std::string, Credential> servers;
};
BOOST_DESCRIBE_STRUCT(Credentials, (), (servers))

/// Where a profile's login at a server is found: a profile of its own has its own login.
std::string login_key(const std::string& server, const std::string& profile);

/// None when nothing is kept. invalid: what is kept cannot be read or is damaged; says what to do.
Result<Credentials> load_credentials();
/// Errors as write_private() has them.
Result<Nothing> save_credentials(const Credentials& credentials);

}  // namespace kappa::cli
