// Users and logins: signup, login, logout, whoami, passwd.
#pragma once

#include <string>

#include "cli/session.hpp"

namespace kappa::cli {

/// What can be said on the line instead of at a prompt.
struct Login {
  std::string username;
  bool password_stdin = false;
};

/// Each gives the program's exit code.
Tried<int> signup(const Session& session, const Login& login);
Tried<int> login(const Session& session, const Login& login);
Tried<int> logout(const Session& session);
Tried<int> whoami(const Session& session);
/// With `password_stdin` the present password is standard input's first line, the new one its
/// second.
Tried<int> change_password(const Session& session, bool password_stdin);

}  // namespace kappa::cli
