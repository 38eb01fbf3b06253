// Signup, login, and who a token belongs to.
#include "data/users.hpp"

#include "data/tokens.hpp"

namespace kappa::data {
namespace {

constexpr std::int64_t session_us = 24LL * 3600 * 1'000'000;  // as long as the original's tokens
constexpr std::int64_t row_bytes = 512;

/// A user as a login looks for one; id 0 and no hash when there is none.
struct Account {
  std::int64_t user_id = 0;
  std::string password_hash;
};

Result<Account> find_account(store::Database& db, const std::string& username) {
  auto rows = db.query("SELECT user_id, password_hash FROM user WHERE username = ?", {username});
  if (!TRY(rows.next())) return Account{};
  return Account{rows.integer(0), std::string(rows.text(1))};
}

}  // namespace

Result<Nothing> Users::signup(const Signup& ask) {
  const std::string hash = TRY(passwords_.hash(ask.password.value));
  const auto insert = [&](store::Database& db) -> Result<Nothing> {
    TRY(
        db.run("INSERT INTO user (username, password_hash, created_at) VALUES (?, ?, ?) "
               "ON CONFLICT DO NOTHING",
               {ask.username.value, hash, clock_.now()}));
    if (db.changes() == 1) return Nothing{};
    return Error{Code::conflict,
                 "user '" + ask.username.value + "' exists already; choose another name"};
  };
  return file_.write(insert, row_bytes);
}

Result<Session> Users::login(const Login& ask) {
  const Account account =
      TRY(file_.read([&](store::Database& db) { return find_account(db, ask.username); }));
  // One path for all: an unknown user or an impossible password costs the same hash.
  const bool possible = PasswordRule::holds(ask.password);
  const bool same =
      TRY(passwords_.match(possible ? std::string_view(ask.password) : "", account.password_hash));
  if (!same || !possible) return Error{Code::unauthorized, "wrong username or password"};

  const Timestamp now = clock_.now();
  const Session session{make_token(random_), {now.us + session_us}};
  const auto key = *token_key(session.token);
  const auto insert = [&](store::Database& db) -> Result<Nothing> {
    TRY(db.run("DELETE FROM session WHERE expires_at <= ?", {now}));
    return db.run("INSERT INTO session VALUES (?, ?, ?, ?)",
                  {store::Bytes(key), account.user_id, now, session.expires_at});
  };
  TRY(file_.write(insert, row_bytes));
  return session;
}

Result<User> Users::identify(const Identify& ask) {
  const Error refused{Code::unauthorized, "the token is unknown, expired or revoked; log in again"};
  const auto key = token_key(ask.token);
  if (!key) return refused;
  return file_.read([&](store::Database& db) -> Result<User> {
    auto rows = db.query(
        "SELECT user_id, username FROM session JOIN user USING (user_id) "
        "WHERE token_sha256 = ? AND expires_at > ?",
        {store::Bytes(*key), clock_.now()});
    if (!TRY(rows.next())) return refused;
    return User{rows.integer(0), std::string(rows.text(1))};
  });
}

Result<Nothing> Users::logout(const Logout& ask) {
  const auto key = token_key(ask.token);
  if (!key) return Nothing{};
  return file_.write(
      [&](store::Database& db) {
        return db.run("DELETE FROM session WHERE token_sha256 = ?", {store::Bytes(*key)});
      },
      row_bytes);
}

}  // namespace kappa::data
