// credentials.json.
#include "cli/credentials.hpp"

#include "cli/private_file.hpp"
#include "cli/profiles.hpp"

namespace kappa::cli {
namespace {

constexpr auto name = "credentials.json";
constexpr auto mend = "remove it and log in again: kappa login";

}  // namespace

std::string login_key(const std::string& server, const std::string& profile) {
  return profile == default_profile ? server : profile + "@" + server;
}

Tried<Credentials> load_credentials() { return load_private<Credentials>(name, mend); }

Tried<Nothing> change_credentials(const std::function<void(Credentials&)>& change) {
  const PrivateLock lock = TRY(PrivateLock::take());
  auto credentials = TRY(load_credentials());
  change(credentials);
  return write_private(name, rpc::write_json(credentials) + "\n");
}

}  // namespace kappa::cli
