// Who the person is at each server, kept between commands.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "kappa/core.hpp"

namespace kappa::cli {

struct Credential {
  std::string username;
  std::string token;
};
BOOST_DESCRIBE_STRUCT(Credential, (), (username, token))

/// By server URL.
struct Credentials {
  std::map<std::string, Credential> servers;
};
BOOST_DESCRIBE_STRUCT(Credentials, (), (servers))

/// $XDG_CONFIG_HOME/kappa/credentials.json, else ~/.config/kappa/credentials.json.
std::filesystem::path credentials_file();

/// None when there is no file. invalid: it cannot be read or is damaged; says what to do.
Result<Credentials> load_credentials(const std::filesystem::path& file);
/// Written whole or not at all, for this user's eyes only (file 0600, folder 0700).
Result<Nothing> save_credentials(const std::filesystem::path& file, const Credentials& credentials);

}  // namespace kappa::cli
