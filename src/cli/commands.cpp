// The gateway's operations, in the original command line's words.
#include "cli/commands.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "cli/arguments.hpp"
#include "cli/credentials.hpp"
#include "cli/exit_codes.hpp"
#include "cli/layout.hpp"
#include "cli/prompt.hpp"
#include "cli/spinner.hpp"
#include "cli/terminal.hpp"
#include "gateway/http.hpp"
#include "net/client.hpp"

namespace kappa::cli {
namespace {

struct Answers {
  std::string username;
  std::string password;
};

Error needs_flags() {
  return {Code::invalid,
          "no terminal to ask at\nName yourself with --username, and give the password on standard "
          "input with --password-stdin"};
}

Result<std::string> password_of(const Login& login, bool twice) {
  if (login.password_stdin) return read_line();
  if (!is_terminal(STDIN_FILENO)) return needs_flags();
  auto password = TRY(ask_secret("Password"));
  if (twice && TRY(ask_secret("Password again")) != password) {
    return Error{Code::invalid, "the two passwords differ\nNothing was sent; try again"};
  }
  return password;
}

Result<Answers> answers_of(const Login& login, bool twice) {
  std::string username = login.username;
  if (username.empty()) {
    if (!is_terminal(STDIN_FILENO) || login.password_stdin) return needs_flags();
    username = TRY(ask("Username"));
  }
  return Answers{std::move(username), TRY(password_of(login, twice))};
}

Result<std::string> source_of(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in.is_open() || in.bad())
    return Error{Code::invalid,
                 "file '" + file + "' cannot be read\nName a Python file, or - for standard input"};
  return text;
}

void print_logs(const gateway::LogLines& lines) {
  for (const auto& line : lines.logs) print(to_text(line.ts) + " | " + line.content + "\n");
}

}  // namespace

Commands::Commands(std::string server)
    : server_(std::move(server)), gateway_(gateway::connect_gateway(net::connect(server_, {}))) {}

Result<Caller> Commands::caller() const {
  if (const char* token = std::getenv("KAPPA_TOKEN"); token != nullptr && *token != '\0')
    return Caller{0, "", token};
  const auto credentials = TRY(load_credentials(credentials_file()));
  const auto known = credentials.servers.find(server_);
  if (known == credentials.servers.end()) {
    return Error{Code::unauthorized, "not logged in at " + server_ + "\nLog in with: kappa login"};
  }
  return Caller{0, known->second.username, known->second.token};
}

int Commands::told(const Error& error) const {
  std::string reason = error.detail;
  if (error.code == Code::invalid_argument)
    reason = "the function refuses its arguments: " + error.detail;
  for (const Fault& fault : error.faults)
    reason += "\n  " + (fault.at.empty() ? "" : fault.at.substr(1) + ": ") + fault.why;
  if (error.code == Code::unauthorized && error.detail == "Could not validate credentials") {
    reason = "the server does not know this login any more\nLog in again: kappa login";
  }
  print_error(reason);
  return exit_code_of(error);
}

int Commands::signup(const Login& login) {
  const auto answers = answers_of(login, true);
  if (!answers) return told(answers.error());
  const Spinner spinner("Signing up");
  const auto made = gateway_->signup({{answers->username}, {answers->password}});
  if (!made) return told(made.error());
  print("User " + answers->username + " signed up\nLog in with: kappa login\n");
  return exit_ok;
}

int Commands::login(const Login& login) {
  const auto answers = answers_of(login, false);
  if (!answers) return told(answers.error());
  auto credentials = load_credentials(credentials_file());
  if (!credentials) return told(credentials.error());
  const Spinner spinner("Logging in");
  const auto token = gateway_->login({answers->username, answers->password});
  if (!token) return told(token.error());
  credentials->servers[server_] = {answers->username, token->access_token};
  if (const auto saved = save_credentials(credentials_file(), *credentials); !saved)
    return told(saved.error());
  print("Logged in as " + answers->username + "\n");
  return exit_ok;
}

int Commands::logout() {
  const auto who = caller();
  if (!who) return told(who.error());
  const auto done = gateway_->logout(*who, {});
  if (!done && done.error().code != Code::unauthorized)
    return told(done.error());  // a dead token is as good as revoked
  auto credentials = load_credentials(credentials_file());
  if (!credentials) return told(credentials.error());
  credentials->servers.erase(server_);
  if (const auto saved = save_credentials(credentials_file(), *credentials); !saved)
    return told(saved.error());
  print("Logged out\n");
  return exit_ok;
}

int Commands::create_function(const std::string& name, const std::string& file) {
  const auto who = caller();
  if (!who) return told(who.error());
  const auto source = source_of(file);
  if (!source) return told(source.error());
  const auto created = [&] {
    const Spinner spinner("Creating function " + name);
    return gateway_->create_function(*who, {{name}, {*source}});
  }();
  if (!created) return told(created.error());
  print("Function " + name + " created\n");
  print(created->related.text + "\n");
  for (const std::string& repo : created->related.repos) print(repo + "\n");
  return exit_ok;
}

int Commands::execute_function(const std::string& name, const std::vector<std::string>& words) {
  const auto arguments = function_arguments(words);
  if (!arguments) return told(arguments.error());
  const auto who = caller();
  if (!who) return told(who.error());
  const auto executed = [&] {
    const Spinner spinner("Executing function " + name);
    return gateway_->execute_function(*who, {name, {*arguments}});
  }();
  if (!executed) return told(executed.error());
  const std::string logs =
      "See its logs with: kappa logs exec " + to_text(executed->exec_id) + "\n";
  if (executed->verdict == Verdict::ok) {
    print("Function '" + name + "' executed with output:\n" + indented(executed->output.text) +
          "\n\n" + logs + "\n");
    return exit_ok;
  }
  print_error("function '" + name + "' failed: " + executed->error.value_or("") + "\n" +
              executed->traceback.value_or("") + logs);
  return exit_failed;
}

int Commands::delete_function(const std::string& name) {
  const auto who = caller();
  if (!who) return told(who.error());
  const auto done = [&] {
    const Spinner spinner("Deleting function " + name);
    return gateway_->delete_function(*who, {name});
  }();
  if (!done) return told(done.error());
  print("Function " + name + " deleted\n");
  return exit_ok;
}

int Commands::function_logs(const std::string& name) {
  const auto who = caller();
  if (!who) return told(who.error());
  const auto lines = gateway_->get_function_logs(*who, {name, {}});
  if (!lines) return told(lines.error());
  print_logs(*lines);
  return exit_ok;
}

int Commands::execution_logs(const std::string& exec_id) {
  const auto who = caller();
  if (!who) return told(who.error());
  const auto lines = gateway_->get_execution_logs(*who, {exec_id});
  if (!lines) return told(lines.error());
  print_logs(*lines);
  return exit_ok;
}

int Commands::bill() {
  const auto who = caller();
  if (!who) return told(who.error());
  const auto bill = gateway_->get_bill(*who, {});
  if (!bill) return told(bill.error());
  print(bill_table(bill->fn, bill->total));
  return exit_ok;
}

}  // namespace kappa::cli
