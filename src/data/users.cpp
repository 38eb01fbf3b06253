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

Result<std::string> hash_of(store::Database& db, std::int64_t user_id) {
  auto rows = db.query("SELECT password_hash FROM user WHERE user_id = ?", {user_id});
  return TRY(rows.next()) ? std::string(rows.text(0)) : std::string();
}

Result<Nothing> insert_session(store::Database& db, const Session& session, std::int64_t user_id,
                               Timestamp now) {
  const auto key = *token_key(session.token);
  return db.run("INSERT INTO session VALUES (?, ?, ?, ?)",
                {store::Bytes(key), user_id, now, session.expires_at});
}

Error unknown_token() {
  return {Code::unauthorized, "the token is unknown, expired or revoked; log in again"};
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
    return Error{Code::conflict, "user '" + ask.username.value + "' exists already"};
  };
  return file_.write(insert, row_bytes);
}

Result<Session> Users::login(const Login& ask) {
  const Account account =
      TRY(file_.read([&](store::Database& db) { return find_account(db, ask.username); }));
  if (!TRY(same_password(ask.password, account.password_hash)))
    return Error{Code::unauthorized, "wrong username or password"};
  const Session session = make_session();
  const auto insert = [&](store::Database& db) -> Result<Nothing> {
    // Changed meanwhile: what was checked above is not the password any more.
    if (TRY(hash_of(db, account.user_id)) != account.password_hash)
      return Error{Code::unauthorized, "wrong username or password"};
    TRY(db.run("DELETE FROM session WHERE expires_at <= ?", {clock_.now()}));
    return insert_session(db, session, account.user_id, clock_.now());
  };
  TRY(file_.write(insert, row_bytes));
  return session;
}

Result<Session> Users::change_password(const ChangePassword& ask) {
  const std::string before =
      TRY(file_.read([&](store::Database& db) { return hash_of(db, ask.user_id); }));
  if (!TRY(same_password(ask.password, before))) return Error{Code::unauthorized, "wrong password"};
  const std::string hash = TRY(passwords_.hash(ask.new_password.value));
  const Session session = make_session();
  const auto update = [&](store::Database& db) -> Result<Nothing> {
    TRY(db.run("UPDATE user SET password_hash = ? WHERE user_id = ? AND password_hash = ?",
               {hash, ask.user_id, before}));
    // Changed meanwhile: what was checked above is not the present password any more.
    if (db.changes() != 1) return Error{Code::unauthorized, "wrong password"};
    TRY(db.run("DELETE FROM session WHERE user_id = ?", {ask.user_id}));
    return insert_session(db, session, ask.user_id, clock_.now());
  };
  const auto changed = file_.write(update, row_bytes);
  bearers_.forget();
  TRY(changed);
  return session;
}

/// An unknown user's empty hash or an impossible password costs the same as any other.
Result<bool> Users::same_password(const std::string& given, const std::string& hash) {
  const bool possible = PasswordRule::holds(given);
  return TRY(passwords_.match(possible ? std::string_view(given) : "", hash)) && possible;
}

Session Users::make_session() { return {make_token(random_), {clock_.now().us + session_us}}; }

Result<User> Users::identify(const Identify& ask) {
  const auto key = token_key(ask.token);
  if (!key) return unknown_token();
  const auto read = [&](store::Database& db) -> Result<Bearer> {
    auto rows = db.query(
        "SELECT user_id, username, expires_at FROM session JOIN user USING (user_id) "
        "WHERE token_sha256 = ?",
        {store::Bytes(*key)});
    if (!TRY(rows.next())) return unknown_token();
    return Bearer{{rows.integer(0), std::string(rows.text(1))}, rows.timestamp(2)};
  };
  auto bearer = TRY(bearers_.get(*key, [&] { return file_.read(read); }));
  if (bearer.expires_at <= clock_.now()) return unknown_token();
  return std::move(bearer.user);
}

Result<Nothing> Users::logout(const Logout& ask) {
  const auto key = token_key(ask.token);
  if (!key) return Nothing{};
  auto revoked = file_.write(
      [&](store::Database& db) {
        return db.run("DELETE FROM session WHERE token_sha256 = ?", {store::Bytes(*key)});
      },
      row_bytes);
  bearers_.forget();
  return revoked;
}

}  // namespace kappa::data
