// Users and their sessions.
#pragma once

#include <array>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "data/passwords.hpp"
#include "data/recent.hpp"
#include "kappa/data.hpp"
#include "store/file.hpp"

namespace kappa::data {

/// Thread-safe. Errors as Data has them.
class Users {
 public:
  Users(store::File& file, const Clock& clock, Random& random)
      : file_(file), clock_(clock), random_(random) {}

  Result<Nothing> signup(const Signup& ask);
  Result<Session> login(const Login& ask);
  Result<User> identify(const Identify& ask);
  Result<Nothing> logout(const Logout& ask);
  Result<Session> change_password(const ChangePassword& ask);

 private:
  struct Bearer {
    User user;
    Timestamp expires_at;
  };

  Result<bool> same_password(const std::string& given, const std::string& hash);
  Session make_session();

  store::File& file_;
  const Clock& clock_;
  Random& random_;
  Passwords passwords_;
  Recent<std::array<std::uint8_t, 32>, Bearer> bearers_;  ///< by their token's key
};

}  // namespace kappa::data
