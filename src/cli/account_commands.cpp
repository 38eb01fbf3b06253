// Prompts where there is a terminal to ask at, flags everywhere.
#include "cli/account_commands.hpp"

#include <unistd.h>

#include "cli/prompt.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

struct Answers {
  std::string username;
  std::string password;
};

/// A login as it is shown to programs: without the token, which is a secret.
struct LoggedIn {
  std::string username;
  std::string server;
  std::string profile;
};
BOOST_DESCRIBE_STRUCT(LoggedIn, (), (username, server, profile))

/// Asks twice when a typing mistake could not be found out later.
Tried<std::string> password_of(bool from_stdin, const std::string& question, bool twice) {
  if (from_stdin) return read_line();
  if (!is_terminal(STDIN_FILENO)) {
    return Trouble::misuse("a password is needed", "there is no terminal to ask at",
                           "give it on standard input with --password-stdin");
  }
  auto password = TRY(ask_secret(question));
  if (twice && TRY(ask_secret(question + " again")) != password)
    return Trouble::misuse("the two passwords differ", "nothing was sent", "try again");
  return password;
}

Tried<Answers> answers_of(const Login& login, bool twice) {
  std::string username = login.username;
  if (username.empty() && (!is_terminal(STDIN_FILENO) || login.password_stdin)) {
    return Trouble::misuse("a username is needed", "there is no terminal to ask at",
                           "name yourself with --username");
  }
  if (username.empty()) username = TRY(ask("Username"));
  if (username.empty()) return Trouble::misuse("a username is needed", "", "try again");
  auto password = TRY(password_of(login.password_stdin, "Password", twice));
  return Answers{std::move(username), std::move(password)};
}

}  // namespace

Tried<int> signup(const Session& session, const Login& login) {
  const Answers answers = TRY(answers_of(login, true));
  const auto made = TRY(session.ask_anybody("Signing up", [&](auto& gateway) {
    return gateway.signup({{answers.username}, {answers.password}});
  }));
  session.out().one("User " + answers.username + " signed up\nLog in with: kappa login\n", made);
  return exit_ok;
}

Tried<int> login(const Session& session, const Login& login) {
  const Answers answers = TRY(answers_of(login, false));
  const auto token = TRY(session.ask_anybody("Logging in", [&](auto& gateway) {
    return gateway.login({answers.username, answers.password});
  }));
  TRY(session.keep_login({0, answers.username, token.access_token}));
  session.out().one("Logged in as " + answers.username + "\n",
                    LoggedIn{answers.username, session.server(), session.profile()});
  if (Session::token_is_given())
    note("KAPPA_TOKEN is set, and is used instead of this login: unset it");
  return exit_ok;
}

Tried<int> logout(const Session& session) {
  const auto done = session.ask(
      "Logging out", [](auto& gateway, const Caller& who) { return gateway.logout(who, {}); });
  if (!done && done.error().code != Code::unauthorized)
    return done.error();  // a dead token is as good as revoked
  if (Session::token_is_given()) {
    if (!done) return done.error();
    session.out().one("The token in KAPPA_TOKEN cannot be used any more\n", Nothing{});
    return exit_ok;
  }
  TRY(session.caller());
  TRY(session.forget_login());
  session.out().one("Logged out\n", Nothing{});
  return exit_ok;
}

Tried<int> whoami(const Session& session) {
  const auto me = TRY(session.ask("Asking who you are", [](auto& gateway, const Caller& who) {
    return gateway.get_me(who, {});
  }));
  session.out().one(me.username + "\n", LoggedIn{me.username, session.server(), session.profile()});
  return exit_ok;
}

Tried<int> change_password(const Session& session, bool password_stdin) {
  const Caller who = TRY(session.caller());
  const auto before = TRY(password_of(password_stdin, "Present password", false));
  const auto after = TRY(password_of(password_stdin, "New password", true));
  const auto token = TRY(session.ask("Changing the password", [&](auto& gateway, const Caller& me) {
    return gateway.change_password(me, {before, {after}});
  }));
  if (Session::token_is_given()) {
    session.out().one(
        "Password changed; every login has ended, KAPPA_TOKEN's too\nLog in with: kappa login\n",
        Nothing{});
    return exit_ok;
  }
  const auto kept = session.keep_login({0, who.username, token.access_token});
  if (!kept) {
    Trouble trouble = kept.error();
    trouble.what = "the password was changed, but " + trouble.what;
    return trouble;
  }
  session.out().one("Password changed; every other login has ended\n",
                    LoggedIn{who.username, session.server(), session.profile()});
  return exit_ok;
}

}  // namespace kappa::cli
