// What every command works with: the server it talks to, who the person is there, and where results
// go.
#pragma once

#include <memory>
#include <string>

#include "cli/output.hpp"
#include "cli/spinner.hpp"
#include "kappa/gateway.hpp"

namespace kappa::cli {

/// Flags that every command takes; "" is not given.
struct Globals {
  std::string server;
  std::string profile;
  std::string output;
  std::int64_t timeout_s = 60;  ///< for an answer; twice what a call may take by default
  bool no_color = false;
};

/// One command's. Used by one thread.
class Session {
 public:
  /// Settles who is talked to: --server, else --profile's server, else KAPPA_SERVER, else that of
  /// KAPPA_PROFILE or of the profile in use. Misuse: one of them is none.
  static Tried<Session> open(const Globals& globals, const Output& out);

  /// Asks the server on the person's behalf, `doing` being said meanwhile. When it refuses, and
  /// `fn_name` is the function in question, the trouble says which one may have been meant, or what
  /// its arguments are.
  template <class Ask>
  auto ask(const std::string& doing, const Ask& what, const std::string& fn_name = "") const
      -> Tried<typename std::invoke_result_t<Ask, gateway::Gateway&, const Caller&>::value_type> {
    const Caller who = TRY(caller());
    return ask_anybody(
        doing, [&](auto& gateway) { return what(gateway, who); }, fn_name);
  }
  /// The same for what needs no login.
  template <class Ask>
  auto ask_anybody(const std::string& doing, const Ask& what, const std::string& fn_name = "") const
      -> Tried<typename std::invoke_result_t<Ask, gateway::Gateway&>::value_type> {
    const Spinner spinner(doing);
    auto reply = what(*gateway_);
    if (!reply) return explained(reply.error(), fn_name);
    return *std::move(reply);
  }

  const Output& out() const { return out_; }
  const std::string& server() const { return server_; }  ///< with its scheme
  const std::string& profile() const { return profile_; }
  std::int64_t timeout_ms() const { return timeout_ms_; }

  /// Whom the server knows this person as. Trouble: nobody has logged in from here.
  Tried<Caller> caller() const;
  /// Whether KAPPA_TOKEN says who the person is, so that what is kept does not count.
  static bool token_is_given();
  /// Keeps a login, or forgets it. Trouble: it cannot be written.
  Tried<Nothing> keep_login(const Caller& caller) const;
  Tried<Nothing> forget_login() const;

 private:
  Session(std::string server, std::string profile, const Output& out, std::int64_t timeout_ms);
  Trouble explained(const Error& error, const std::string& fn_name) const;
  Trouble explained_login(const Error& error) const;
  std::string nearest_function(const std::string& name) const;
  std::string arguments_of(const std::string& fn_name) const;

  std::string server_;
  std::string profile_;
  Output out_;
  std::int64_t timeout_ms_;
  std::unique_ptr<gateway::Gateway> gateway_;
};

/// The server through a client of this patience.
std::unique_ptr<gateway::Gateway> connect_server(const std::string& server,
                                                 std::int64_t timeout_ms);

}  // namespace kappa::cli
