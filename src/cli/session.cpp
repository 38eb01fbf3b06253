// Where it all comes from, and what is said when it goes wrong.
#include "cli/session.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/suggest.hpp"
#include "cli/credentials.hpp"
#include "cli/profiles.hpp"
#include "gateway/http.hpp"
#include "net/address.hpp"
#include "net/client.hpp"

namespace kappa::cli {
namespace {

constexpr std::int64_t advice_timeout_ms = 1'000;  // an error is not held up for better words

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_of(const std::string& flag, const char* variable) {
  return flag.empty() ? environment(variable) : flag;
}

/// What a Kappa of this version would not have said.
bool speaks_otherwise(const Error& error) {
  return error.contact == Contact::strange || error.detail.starts_with("no such path") ||
         error.detail.starts_with("this path takes ");
}

}  // namespace

std::unique_ptr<gateway::Gateway> connect_server(const std::string& server,
                                                 std::int64_t timeout_ms) {
  net::ClientOptions options;
  options.connect_timeout_ms = std::min(options.connect_timeout_ms, timeout_ms);
  options.reply_timeout_ms = timeout_ms;
  return gateway::connect_gateway(net::connect(server, options));
}

Session::Session(std::string server, std::string profile, const Output& out,
                 std::int64_t timeout_ms)
    : server_(std::move(server)),
      profile_(std::move(profile)),
      out_(out),
      timeout_ms_(timeout_ms),
      gateway_(connect_server(server_, timeout_ms_)) {}

Tried<Session> Session::open(const Globals& globals, const Output& out) {
  const Profiles profiles = TRY(load_profiles());
  std::string name = first_of(globals.profile, "KAPPA_PROFILE");
  if (name.empty()) name = profiles.current;
  const Profile profile = TRY(find_profile(profiles, name));
  std::string server = globals.server;
  if (server.empty() && globals.profile.empty()) server = environment("KAPPA_SERVER");
  if (server.empty()) server = profile.server;
  const auto url = net::parse_url(server);
  if (!url) return Trouble::misuse(url.error().detail, "", "kappa --server http://127.0.0.1:8010");
  return Session(net::to_text(*url), std::move(name), out, globals.timeout_s * 1000);
}

bool Session::token_is_given() { return !environment("KAPPA_TOKEN").empty(); }

Tried<Caller> Session::caller() const {
  if (token_is_given()) return Caller{0, "", environment("KAPPA_TOKEN")};
  const auto credentials = TRY(load_credentials());
  const auto known = credentials.servers.find(login_key(server_, profile_));
  if (known != credentials.servers.end())
    return Caller{0, known->second.username, known->second.token};
  Trouble trouble(Error{Code::unauthorized, "not logged in at " + server_});
  trouble.why = "no login is kept for this server in profile '" + profile_ + "'";
  return trouble;
}

Tried<Nothing> Session::keep_login(const Caller& caller) const {
  return change_credentials([&](Credentials& all) {
    all.servers[login_key(server_, profile_)] = {caller.username, caller.token};
  });
}

Tried<Nothing> Session::forget_login() const {
  return change_credentials(
      [&](Credentials& all) { all.servers.erase(login_key(server_, profile_)); });
}

Trouble Session::explained_login(const Error& error) const {
  Trouble trouble(error);
  if (error.detail.starts_with("Incorrect")) {
    trouble.why = "the server knows no user with this name and this password";
    trouble.todo = "check both, or make a user: kappa signup";
    return trouble;
  }
  trouble.what = "the server does not know this login any more";
  trouble.why = "it is older than 24 hours, was logged out, or the password was changed";
  if (token_is_given()) {
    trouble.what = "the server does not know the token in KAPPA_TOKEN";
    trouble.todo = "unset KAPPA_TOKEN, or give it another token";
  }
  return trouble;
}

Trouble Session::explained(const Error& error, const std::string& fn_name) const {
  if (error.code == Code::unauthorized) return explained_login(error);
  Trouble trouble(error);
  if (speaks_otherwise(error)) {
    const auto health = connect_server(server_, advice_timeout_ms)->get_health({});
    const bool other = health && health->version != KAPPA_VERSION;
    trouble.what = "the server at " + server_ + " does not answer as this kappa expects";
    trouble.why = other ? "it is version " + health->version + ", this is " KAPPA_VERSION
                        : "perhaps it is no Kappa, or one of another version than " KAPPA_VERSION +
                              (": " + error.detail);
    trouble.todo = "use the kappa of the server's version; kappa doctor looks closer";
    trouble.exit_code = exit_failed;
  } else if (error.code == Code::not_found && error.detail.starts_with("execution")) {
    trouble.todo = "kappa exec list";
  } else if (error.code == Code::not_found && !fn_name.empty()) {
    const std::string close = nearest_function(fn_name);
    if (!close.empty())
      trouble.why = "you have no function of that name; did you mean '" + close + "'?";
  } else if (error.code == Code::invalid_argument) {
    trouble.what = "the function refuses its arguments: " +
                   (error.faults.empty() ? error.detail : trouble.why);
    if (std::string takes = arguments_of(fn_name); !takes.empty()) trouble.why = takes;
  }
  return trouble;
}

std::string Session::nearest_function(const std::string& name) const {
  const auto who = caller();
  if (!who) return "";
  const auto page = connect_server(server_, advice_timeout_ms)->list_functions(*who, {});
  if (!page) return "";
  std::vector<std::string_view> known;
  for (const auto& function : page->functions) known.push_back(function.name);
  return std::string(nearest(name, known));
}

std::string Session::arguments_of(const std::string& fn_name) const {
  const auto who = caller();
  if (!who) return "";
  const auto function = connect_server(server_, advice_timeout_ms)->get_function(*who, {fn_name});
  if (!function) return "";
  std::string names;
  for (const auto& parameter : function->parameters) {
    names += names.empty() ? "" : ", ";
    names += parameter.required ? parameter.name : "[" + parameter.name + "]";
  }
  if (function->takes_any) names += names.empty() ? "any" : ", and any other";
  return "main() takes: " + (names.empty() ? "none" : names);
}

}  // namespace kappa::cli
