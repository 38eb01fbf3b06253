// Reading, changing and keeping the one file.
#include "cli/profile_commands.hpp"

#include "cli/credentials.hpp"
#include "cli/exit_codes.hpp"
#include "cli/profiles.hpp"
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

int told(const Output& out, const Error& error) {
  const Trouble trouble = trouble_of(error);
  out.trouble(trouble);
  return trouble.exit_code;
}

Result<Nothing> add(const std::string& name, const std::string& server) {
  auto profiles = TRY(load_profiles());
  if (!NameRule::holds(name)) {
    return Error{Code::invalid,
                 "profile '" + name + "': expected " + std::string(NameRule::expected)};
  }
  TRY(net::parse_address(server));
  profiles.profiles[name] = {server};
  return save_profiles(profiles);
}

Result<Nothing> use(const std::string& name) {
  auto profiles = TRY(load_profiles());
  TRY(find_profile(profiles, name));
  profiles.current = name;
  return save_profiles(profiles);
}

Result<Nothing> remove(const std::string& name) {
  auto profiles = TRY(load_profiles());
  TRY(find_profile(profiles, name));
  auto credentials = TRY(load_credentials());
  if (name != default_profile) {
    std::erase_if(credentials.servers,
                  [&](const auto& entry) { return entry.first.ends_with("#" + name); });
    TRY(save_credentials(credentials));
  }
  profiles.profiles.erase(name);
  if (profiles.current == name) profiles.current = default_profile;
  return save_profiles(profiles);
}

int ended(const Output& out, const Result<Nothing>& done, const std::string& sentence) {
  if (!done) return told(out, done.error());
  out.one(sentence, Nothing{});
  return exit_ok;
}

}  // namespace

int list_profiles(const Output& out) {
  auto profiles = load_profiles();
  if (!profiles) return told(out, profiles.error());
  profiles->profiles.try_emplace(default_profile);
  Table table{{{"PROFILE"}, {"SERVER"}, {"USED"}}, {}};
  std::vector<Listed> all;
  for (const auto& [name, profile] : profiles->profiles) {
    const bool used = name == profiles->current;
    table.rows.push_back({name, profile.server, used ? "yes" : ""});
    all.push_back({name, profile.server, used});
  }
  out.list(table, all, all);
  return exit_ok;
}

int add_profile(const Output& out, const std::string& name, const std::string& server) {
  return ended(
      out, add(name, server),
      "Profile " + name + " is " + server + "\nUse it with: kappa profile use " + name + "\n");
}

int use_profile(const Output& out, const std::string& name) {
  return ended(out, use(name), "Commands use profile " + name + " from now on\n");
}

int remove_profile(const Output& out, const std::string& name) {
  return ended(out, remove(name), "Profile " + name + " removed\n");
}

}  // namespace kappa::cli
