// Where it all comes from, and what is said when it goes wrong.
#include "cli/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/suggest.hpp"
#include "cli/credentials.hpp"
#include "cli/exit_codes.hpp"
#include "cli/profiles.hpp"
#include "cli/terminal.hpp"
#include "gateway/http.hpp"
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

/// What the server answered was not said by a Kappa of this version.
bool speaks_otherwise(const Error& error) {
  const auto says = [&](std::string_view text) { return error.detail.find(text) != text.npos; };
  return (error.code == Code::unavailable &&
          (says("not fit its description") || says("not as Kappa"))) ||
         (error.code == Code::not_found && says("no such path"));
}

}  // namespace

std::unique_ptr<gateway::Gateway> connect_server(const std::string& server,
                                                 std::int64_t timeout_ms) {
  net::ClientOptions options;
  options.connect_timeout_ms = std::min(options.connect_timeout_ms, timeout_ms);
  options.reply_timeout_ms = timeout_ms;
  return gateway::connect_gateway(net::connect(server, options));
}

Session::Session(std::string server, std::string profile, Format format, std::int64_t timeout_s)
    : server_(std::move(server)),
      profile_(std::move(profile)),
      out_(format),
      timeout_s_(timeout_s),
      gateway_(connect_server(server_, timeout_s_ * 1000)) {}

Result<Session> Session::open(const Globals& globals) {
  if (globals.no_color) ::setenv("NO_COLOR", "1", 1);
  const Format format = TRY(format_of(first_of(globals.output, "KAPPA_OUTPUT")));
  const Profiles profiles = TRY(load_profiles());
  std::string name = first_of(globals.profile, "KAPPA_PROFILE");
  if (name.empty()) name = profiles.current;
  const Profile profile = TRY(find_profile(profiles, name));
  std::string server = first_of(globals.server, "KAPPA_SERVER");
  if (server.empty()) server = profile.server;
  return Session(std::move(server), std::move(name), format, globals.timeout_s);
}

Result<Caller> Session::caller() const {
  if (std::string token = environment("KAPPA_TOKEN"); !token.empty()) return Caller{0, "", token};
  const auto credentials = TRY(load_credentials());
  const auto known = credentials.servers.find(login_key(server_, profile_));
  if (known == credentials.servers.end())
    return Error{Code::unauthorized, "not logged in at " + server_ + "; kappa login"};
  return Caller{0, known->second.username, known->second.token};
}

Result<Nothing> Session::keep_login(const std::optional<Caller>& caller) const {
  auto credentials = TRY(load_credentials());
  const std::string key = login_key(server_, profile_);
  if (caller) {
    credentials.servers[key] = {caller->username, caller->token};
  } else {
    credentials.servers.erase(key);
  }
  return save_credentials(credentials);
}

int Session::told(const Error& error, const std::string& fn_name) const {
  Trouble trouble = trouble_of(error);
  explain(error, fn_name, trouble);
  out_.trouble(trouble);
  return trouble.exit_code;
}

void Session::explain(const Error& error, const std::string& fn_name, Trouble& trouble) const {
  if (speaks_otherwise(error)) {
    const auto health = connect_server(server_, advice_timeout_ms)->get_health({});
    trouble.what = "the server at " + server_ + " does not answer as this kappa expects";
    trouble.why = health ? "it is version " + health->version + ", this is " KAPPA_VERSION
                         : "perhaps it is no Kappa, or one of another version than " KAPPA_VERSION;
    trouble.todo = "use the kappa of the server's version; kappa doctor looks closer";
    trouble.exit_code = exit_failed;
  } else if (error.code == Code::unauthorized && error.detail.starts_with("not logged in")) {
    trouble.why = "no login is kept for this server in profile '" + profile_ + "'";
  } else if (error.code == Code::unauthorized && error.detail.starts_with("Incorrect")) {
    trouble.why = "the server knows no user with this name and this password";
    trouble.todo = "check both, or make a user: kappa signup";
  } else if (error.code == Code::unauthorized) {
    trouble.what = "the server does not know this login any more";
    trouble.why = "it is older than 24 hours, was logged out, or the password was changed";
  } else if (error.code == Code::not_found && error.detail.starts_with("execution")) {
    trouble.todo = "kappa exec list";
  } else if (error.code == Code::not_found && !fn_name.empty()) {
    const std::string close = nearest_function(fn_name);
    if (!close.empty())
      trouble.why = "you have no function of that name; did you mean '" + close + "'?";
  } else if (error.code == Code::invalid_argument) {
    trouble.what = "the function refuses its arguments: " + trouble.why;
    trouble.why = arguments_of(fn_name);
  }
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
