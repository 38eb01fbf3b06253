// credentials.json.
#include "cli/credentials.hpp"

#include "cli/private_file.hpp"
#include "cli/profiles.hpp"
#include "rpc/record.hpp"

namespace kappa::cli {
namespace {

constexpr auto name = "credentials.json";

}  // namespace

std::string login_key(const std::string& server, const std::string& profile) {
  return profile == default_profile ? server : server + "#" + profile;
}

Result<Credentials> load_credentials() {
  Credentials credentials;
  const auto file = private_file(name);
  const std::string text = TRY(read_private(file));
  if (text.empty()) return credentials;
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::read_json(text, credentials, reading);
  if (!faults.empty()) {
    return Error{Code::invalid, "credentials file " + file.string() +
                                    " is damaged: " + faults.front().at + " " + faults.front().why +
                                    "; remove it and log in again: kappa login"};
  }
  return credentials;
}

Result<Nothing> save_credentials(const Credentials& credentials) {
  return write_private(private_file(name), rpc::write_json(credentials) + "\n");
}

}  // namespace kappa::cli
