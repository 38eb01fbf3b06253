// What each command does, once its line has been understood.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kappa/gateway.hpp"

namespace kappa::cli {

/// What can be said on the line instead of at a prompt.
struct Login {
  std::string username;
  bool password_stdin = false;
};

/// One command of one person at one server. Each gives the program's exit code.
class Commands {
 public:
  explicit Commands(std::string server);

  int signup(const Login& login);
  int login(const Login& login);
  int logout();
  int create_function(const std::string& name, const std::string& file);
  int execute_function(const std::string& name, const std::vector<std::string>& arguments);
  int delete_function(const std::string& name);
  int function_logs(const std::string& name);
  int execution_logs(const std::string& exec_id);
  int bill();

 private:
  Result<Caller> caller() const;
  int told(const Error& error) const;

  const std::string server_;
  const std::unique_ptr<gateway::Gateway> gateway_;
};

}  // namespace kappa::cli
