// What every command works with: the server it talks to, who the person is there, and where results
// go.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/output.hpp"
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
  /// Settles server, profile and format: flags, else KAPPA_SERVER, KAPPA_PROFILE, KAPPA_OUTPUT,
  /// else the profile's server. invalid: one of them is none.
  static Result<Session> open(const Globals& globals);

  gateway::Gateway& gateway() const { return *gateway_; }
  const Output& out() const { return out_; }
  const std::string& server() const { return server_; }
  const std::string& profile() const { return profile_; }
  std::int64_t timeout_s() const { return timeout_s_; }

  /// Whom the server knows this person as. unauthorized: nobody has logged in from here.
  Result<Caller> caller() const;
  /// Keeps a login, or forgets it when there is none.
  Result<Nothing> keep_login(const std::optional<Caller>& caller) const;

  /// Says an error and gives the exit code. With the function that was asked for, it says which one
  /// may have been meant, or what its arguments are.
  int told(const Error& error, const std::string& fn_name = "") const;

 private:
  Session(std::string server, std::string profile, Format format, std::int64_t timeout_s);
  void explain(const Error& error, const std::string& fn_name, Trouble& trouble) const;
  std::string nearest_function(const std::string& name) const;
  std::string arguments_of(const std::string& fn_name) const;

  std::string server_;
  std::string profile_;
  Output out_;
  std::int64_t timeout_s_;
  std::unique_ptr<gateway::Gateway> gateway_;
};

/// The server through a client of this patience.
std::unique_ptr<gateway::Gateway> connect_server(const std::string& server,
                                                 std::int64_t timeout_ms);

}  // namespace kappa::cli
