// Prompts where there is a terminal to ask at, flags everywhere.
#include "cli/account_commands.hpp"

#include <unistd.h>

#include "cli/exit_codes.hpp"
#include "cli/prompt.hpp"
#include "cli/spinner.hpp"
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

Error needs_flags() {
  return {
      Code::invalid,
      "a username and a password are needed; there is no terminal to ask at; name yourself with "
      "--username, and give the password on standard input with --password-stdin"};
}

Result<std::string> password_of(bool from_stdin, const std::string& question, bool twice) {
  if (from_stdin) return read_line();
  if (!is_terminal(STDIN_FILENO)) return needs_flags();
  auto password = TRY(ask_secret(question));
  if (twice && TRY(ask_secret(question + " again")) != password)
    return Error{Code::invalid, "the two passwords differ; nothing was sent, try again"};
  return password;
}

Result<Answers> answers_of(const Login& login, bool twice) {
  std::string username = login.username;
  if (username.empty()) {
    if (!is_terminal(STDIN_FILENO) || login.password_stdin) return needs_flags();
    username = TRY(ask("Username"));
  }
  return Answers{std::move(username), TRY(password_of(login.password_stdin, "Password", twice))};
}

}  // namespace

int signup(const Session& session, const Login& login) {
  const auto answers = answers_of(login, true);
  if (!answers) return session.told(answers.error());
  const auto made = waiting_for("Signing up", [&] {
    return session.gateway().signup({{answers->username}, {answers->password}});
  });
  if (!made) return session.told(made.error());
  session.out().one("User " + answers->username + " signed up\nLog in with: kappa login\n", *made);
  return exit_ok;
}

int login(const Session& session, const Login& login) {
  const auto answers = answers_of(login, false);
  if (!answers) return session.told(answers.error());
  const auto token = waiting_for("Logging in", [&] {
    return session.gateway().login({answers->username, answers->password});
  });
  if (!token) return session.told(token.error());
  const Caller caller{0, answers->username, token->access_token};
  if (const auto kept = session.keep_login(caller); !kept) return session.told(kept.error());
  session.out().one("Logged in as " + answers->username + "\n",
                    LoggedIn{answers->username, session.server(), session.profile()});
  return exit_ok;
}

int logout(const Session& session) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto done = session.gateway().logout(*who, {});
  if (!done && done.error().code != Code::unauthorized)
    return session.told(done.error());  // a dead token is as good as revoked
  if (const auto kept = session.keep_login({}); !kept) return session.told(kept.error());
  session.out().one("Logged out\n", Nothing{});
  return exit_ok;
}

int whoami(const Session& session) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto me = session.gateway().get_me(*who, {});
  if (!me) return session.told(me.error());
  session.out().one(me->username + "\n",
                    LoggedIn{me->username, session.server(), session.profile()});
  return exit_ok;
}

int change_password(const Session& session, bool password_stdin) {
  const auto who = session.caller();
  if (!who) return session.told(who.error());
  const auto before = password_of(password_stdin, "Present password", false);
  if (!before) return session.told(before.error());
  const auto after = password_of(password_stdin, "New password", true);
  if (!after) return session.told(after.error());
  const auto token = waiting_for("Changing the password", [&] {
    return session.gateway().change_password(*who, {*before, {*after}});
  });
  if (!token) return session.told(token.error());
  if (const auto kept = session.keep_login(Caller{0, who->username, token->access_token}); !kept)
    return session.told(kept.error());
  session.out().one("Password changed; every other login has ended\n",
                    LoggedIn{who->username, session.server(), session.profile()});
  return exit_ok;
}

}  // namespace kappa::cli
