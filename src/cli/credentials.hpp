// Who the person is at each server, kept between commands.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cli/trouble.hpp"

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

/// None when nothing is kept. Misuse: what is kept cannot be read or is damaged; says what to do.
Tried<Credentials> load_credentials();
/// Reads, changes and writes them, while no other kappa does. Trouble as private_file.hpp has it.
Tried<Nothing> change_credentials(const std::function<void(Credentials&)>& change);

}  // namespace kappa::cli
