// Reading, changing and keeping the one file.
#include "cli/profile_commands.hpp"

#include <cstdlib>

#include "cli/credentials.hpp"
#include "cli/profiles.hpp"
#include "cli/terminal.hpp"
#include "kappa/types.hpp"
#include "net/address.hpp"

namespace kappa::cli {
namespace {

/// A profile as it is listed.
struct Listed {
  std::string name;
  std::string server;
  bool used = false;
};
BOOST_DESCRIBE_STRUCT(Listed, (), (name, server, used))

}  // namespace

Tried<int> list_profiles(const Output& out) {
  auto profiles = TRY(load_profiles());
  profiles.profiles.try_emplace(default_profile);
  Table table{{{"PROFILE"}, {"SERVER"}, {"USED"}}, {}};
  std::vector<Listed> all;
  for (const auto& [name, profile] : profiles.profiles) {
    const bool used = name == profiles.current;
    table.rows.push_back({name, profile.server, used ? "yes" : ""});
    all.push_back({name, profile.server, used});
  }
  out.list(table, all, all);
  return exit_ok;
}

Tried<int> add_profile(const Output& out, const std::string& name, const std::string& server) {
  if (!NameRule::holds(name)) {
    return Trouble::misuse("profile '" + name + "' cannot be made",
                           "its name: expected " + std::string(NameRule::expected),
                           "kappa profile add work " + server);
  }
  const auto url = net::parse_url(server);
  if (!url)
    return Trouble::misuse(url.error().detail, "",
                           "kappa profile add " + name + " " + default_server);
  const auto changed = change_profiles([&](Profiles& profiles) -> Tried<Nothing> {
    profiles.profiles[name] = {net::to_text(*url)};
    return Nothing{};
  });
  if (!changed) return changed.error();
  out.one("Profile " + name + " is " + net::to_text(*url) + "\nUse it with: kappa profile use " +
              name + "\n",
          Listed{name, net::to_text(*url), false});
  return exit_ok;
}

Tried<int> use_profile(const Output& out, const std::string& name) {
  std::string server;
  const auto changed = change_profiles([&](Profiles& profiles) -> Tried<Nothing> {
    server = TRY(find_profile(profiles, name)).server;
    profiles.current = name;
    return Nothing{};
  });
  if (!changed) return changed.error();
  out.one("Commands use profile " + name + " from now on\n", Listed{name, server, true});
  if (std::getenv("KAPPA_SERVER") != nullptr)
    note("KAPPA_SERVER is set, and wins: unset it, or use --profile " + name);
  return exit_ok;
}

Tried<int> remove_profile(const Output& out, const std::string& name) {
  if (name == default_profile)
    return Trouble::misuse("profile 'default' cannot be removed", "it is used when no other is",
                           "change its server: kappa profile add default URL");
  std::string server;
  const auto changed = change_profiles([&](Profiles& profiles) -> Tried<Nothing> {
    server = TRY(find_profile(profiles, name)).server;
    profiles.profiles.erase(name);
    if (profiles.current == name) profiles.current = default_profile;
    return Nothing{};
  });
  if (!changed) return changed.error();
  TRY(change_credentials([&](Credentials& all) {
    std::erase_if(all.servers,
                  [&](const auto& entry) { return entry.first.starts_with(name + "@"); });
  }));
  out.one("Profile " + name + " removed\n", Listed{name, server, false});
  return exit_ok;
}

}  // namespace kappa::cli
