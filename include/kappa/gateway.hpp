// What Kappa is to its users: sign up, create functions, run them, read their logs, see the bill,
// delete them.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "kappa/bill.hpp"
#include "kappa/core.hpp"
#include "kappa/executions.hpp"
#include "kappa/lines.hpp"
#include "kappa/route.hpp"
#include "kappa/types.hpp"

namespace kappa::gateway {

struct Signup {
  Name username;
  Password password;
};
BOOST_DESCRIBE_STRUCT(Signup, (), (username, password))

struct Status {
  std::string status = "ok";
};
BOOST_DESCRIBE_STRUCT(Status, (), (status))

struct Login {
  std::string username;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(Login, (), (username, password))

struct Token {
  std::string access_token;
  std::string token_type = "bearer";
};
BOOST_DESCRIBE_STRUCT(Token, (), (access_token, token_type))

struct Logout {};
BOOST_DESCRIBE_STRUCT(Logout, (), ())

/// Ends every login of the user; the Token that comes back is the new one.
struct ChangePassword {
  std::string password;  ///< the present one
  Password new_password;
};
BOOST_DESCRIBE_STRUCT(ChangePassword, (), (password, new_password))

struct GetMe {};
BOOST_DESCRIBE_STRUCT(GetMe, (), ())

struct Me {
  std::string username;
};
BOOST_DESCRIBE_STRUCT(Me, (), (username))

struct CreateFunction {
  Name name;
  Source code;
  std::optional<FunctionSettings> settings = {};
};
BOOST_DESCRIBE_STRUCT(CreateFunction, (), (name, code, settings))

struct Related {
  std::string text;
  std::vector<std::string> repos;
};
BOOST_DESCRIBE_STRUCT(Related, (), (text, repos))

struct Created {
  std::string fn_name;
  bool created = true;
  Related related;
};
BOOST_DESCRIBE_STRUCT(Created, (), (fn_name, created, related))

struct FunctionByName {
  std::string fn_name;
};
BOOST_DESCRIBE_STRUCT(FunctionByName, (), (fn_name))

struct ListFunctions {
  std::optional<std::string> after;   ///< a page's `next`: names that come behind it
  std::optional<std::int64_t> limit;  ///< 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(ListFunctions, (), (after, limit))

struct ListedFunction {
  std::string name;
  std::int64_t version = 1;
  Timestamp created_at;
  std::int64_t executions = 0;  ///< as the bill counts them
};
BOOST_DESCRIBE_STRUCT(ListedFunction, (), (name, version, created_at, executions))

struct FunctionPage {
  std::vector<ListedFunction> functions;  ///< by name
  std::optional<std::string> next;        ///< there are more: ask again with this as `after`
};
BOOST_DESCRIBE_STRUCT(FunctionPage, (), (functions, next))

struct Parameter {
  std::string name;
  bool required = true;
};
BOOST_DESCRIBE_STRUCT(Parameter, (), (name, required))

struct Function {
  std::string name;
  std::int64_t version = 1;
  Timestamp created_at;
  CodeId code_id;  ///< SHA-256 of the source
  std::vector<Parameter> parameters;
  bool takes_any = false;     ///< main() has **kw
  FunctionSettings settings;  ///< its own
  FunctionSettings in_force;  ///< as a call gets them now: its own, else the server's defaults
};
BOOST_DESCRIBE_STRUCT(Function, (),
                      (name, version, created_at, code_id, parameters, takes_any, settings,
                       in_force))

/// All settings that the function is to have of its own.
struct ConfigureFunction {
  std::string fn_name;
  Payload<FunctionSettings> settings;
};
BOOST_DESCRIBE_STRUCT(ConfigureFunction, (), (fn_name, settings))

/// All that it takes to make the function again.
struct FunctionCode {
  CodeId code_id;
  Source code;
  FunctionSettings settings;  ///< its own
};
BOOST_DESCRIBE_STRUCT(FunctionCode, (), (code_id, code, settings))

struct GetFunctionLogs {
  std::string fn_name;
  std::optional<std::int64_t> limit;  ///< the newest so many lines, 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(GetFunctionLogs, (), (fn_name, limit))

struct LogLine {
  Timestamp ts;
  std::string content;  ///< a JSON text
};
BOOST_DESCRIBE_STRUCT(LogLine, (), (ts, content))

struct LogLines {
  std::vector<LogLine> logs;  ///< oldest first
};
BOOST_DESCRIBE_STRUCT(LogLines, (), (logs))

/// As LineSelection. An `exec_id` that is not one of the function's has no lines.
struct ReadLogLines {
  std::string fn_name;
  std::optional<std::string> exec_id;
  std::optional<std::string> since;  ///< a time, or an age: 90s, 10m, 2h, 3d
  std::optional<std::string> until;
  std::optional<LineStream> stream;
  std::optional<std::string> grep;
  std::optional<std::string> before;
  std::optional<std::string> after;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(ReadLogLines, (),
                      (fn_name, exec_id, since, until, stream, grep, before, after, limit))

struct FollowLogLines {
  std::string fn_name;
  std::optional<std::string> exec_id;
  std::optional<LineStream> stream;
  std::optional<std::string> grep;
  std::optional<std::string> last_event_id;  ///< a cursor, or the header Last-Event-ID
};
BOOST_DESCRIBE_STRUCT(FollowLogLines, (), (fn_name, exec_id, stream, grep, last_event_id))

struct GetBill {};
BOOST_DESCRIBE_STRUCT(GetBill, (), ())

struct Bill {
  std::int64_t total = 0;
  std::map<std::string, std::int64_t>
      fn;  ///< executions by function name, deleted functions' included
};
BOOST_DESCRIBE_STRUCT(Bill, (), (total, fn))

struct GetUsage {
  std::optional<Month> month;  ///< the present one when absent
  std::optional<bool> daily;   ///< a line for each day of a function, instead of one in all
};
BOOST_DESCRIBE_STRUCT(GetUsage, (), (month, daily))

struct GetBudget {};
BOOST_DESCRIBE_STRUCT(GetBudget, (), ())

struct SetBudget {
  std::optional<Money> monthly_budget;  ///< none of the user's own when absent
};
BOOST_DESCRIBE_STRUCT(SetBudget, (), (monthly_budget))

struct GetHealth {};
BOOST_DESCRIBE_STRUCT(GetHealth, (), ())

struct Protection {
  std::string name;
  bool holds = false;
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(Protection, (), (name, holds, detail))

/// What is to be looked at, although calls are taken.
struct Warning {
  std::string about;  ///< "logs"
  std::string detail;
  std::string todo;
};
BOOST_DESCRIBE_STRUCT(Warning, (), (about, detail, todo))

struct Health {
  std::string status = "ok";          ///< "unready" when it should not be asked
  bool ready = true;                  ///< calls can be recorded, and it is not being stopped
  std::optional<std::string> reason;  ///< why it is not ready, and what to do
  std::vector<Warning> warnings;
  std::string version;
  std::string
      isolation;  ///< as configured: "require", "best_effort" or "off"; "" when no runner answers
  std::vector<Protection> layers;
  Protection rewind;  ///< whether functions with state "rewind" have it here; no protection itself
};
BOOST_DESCRIBE_STRUCT(Health, (),
                      (status, ready, reason, warnings, version, isolation, layers, rewind))
/// 503 while it is not ready.
ReplyHead reply_head(const Health&);

/// Thread-safe. Every operation that takes a Caller answers unauthorized without a valid token, and
/// answers for another user's function or execution as for one that does not exist.
class Gateway {
 public:
  virtual ~Gateway() = default;

  /// conflict: the username is taken.
  virtual Result<Status> signup(const Signup&) = 0;
  /// unauthorized: "Incorrect username or password". The token lives 24 h.
  virtual Result<Token> login(const Login&) = 0;
  /// Revokes the token it is asked with.
  virtual Result<Nothing> logout(const Caller&, const Logout&) = 0;
  /// invalid: not the present password. limited: too many passwords are being checked.
  virtual Result<Token> change_password(const Caller&, const ChangePassword&) = 0;
  virtual Result<Me> get_me(const Caller&, const GetMe&) = 0;

  /// conflict: the user has a function of that name. unacceptable: the code cannot be used; says
  /// why, and the line. invalid: a setting is more than the server allows. Killed at any point, or
  /// refused, it leaves nothing behind.
  virtual Result<Created> create_function(const Caller&, const CreateFunction&) = 0;
  /// By name. invalid: /limit is not 1 to 1000.
  virtual Result<FunctionPage> list_functions(const Caller&, const ListFunctions&) = 0;
  /// Loads it, to say what main() takes. unacceptable: it does not load any more.
  virtual Result<Function> get_function(const Caller&, const FunctionByName&) = 0;
  /// Checked against its hash. not_found.
  virtual Result<FunctionCode> get_code(const Caller&, const FunctionByName&) = 0;
  /// not_found; invalid_argument; limited; over_budget; unavailable.
  virtual Result<Executed> execute_function(const Caller&, const ExecuteFunction&) = 0;
  virtual Result<Invoked> invoke_function(const Caller&, const InvokeFunction&) = 0;
  /// Gives it these settings and no others of its own; calls that begin later have them. invalid:
  /// one is more than the server allows.
  virtual Result<Function> configure_function(const Caller&, const ConfigureFunction&) = 0;
  /// Cancels its running calls, erases code, logs, inputs and results, keeps the bill. Returns once
  /// it is unloaded.
  virtual Result<Nothing> delete_function(const Caller&, const FunctionByName&) = 0;

  /// Newest first; deleted functions' too. invalid: /limit is not 1 to 1000, or a filter is none.
  virtual Result<ExecutionPage> list_executions(const Caller&, const ListExecutions&) = 0;
  /// not_found: it is none of the caller's.
  virtual Result<Execution> get_execution(const Caller&, const ExecutionById&) = 0;
  /// Kills the call with all it started; returns when it has ended. not_found: it is none of the
  /// caller's. conflict: it has ended already.
  virtual Result<Execution> cancel_execution(const Caller&, const ExecutionById&) = 0;
  /// The arguments it ran with, a JSON object. not_found: it is none of the caller's, or they are
  /// not kept: says why. conflict: it runs still.
  virtual Result<RawJson> get_input(const Caller&, const ExecutionById&) = 0;
  /// What main() returned. Errors as get_input, and not_found: it failed.
  virtual Result<RawJson> get_output(const Caller&, const ExecutionById&) = 0;
  /// Runs its function once more, as that is now, with the same input. Errors as get_input and
  /// execute_function.
  virtual Result<Replayed> replay_execution(const Caller&, const ExecutionById&) = 0;
  /// Oldest first, of the newest. not_found; invalid: /limit is not 1 to 1000.
  virtual Result<LogLines> get_function_logs(const Caller&, const GetFunctionLogs&) = 0;
  /// Oldest first, all of them. not_found.
  virtual Result<LogLines> get_execution_logs(const Caller&, const ExecutionById&) = 0;
  /// The newest, or those before or after a cursor. not_found; invalid: a time, an id or a cursor
  /// is none, or /limit is not 1 to 1000.
  virtual Result<LinePage> read_lines(const Caller&, const ReadLogLines&) = 0;
  /// Those that come behind `last_event_id`, or from now on, until the client goes, the function is
  /// deleted, the token ends or the server drains. not_found; invalid; limited: as many follow as
  /// may.
  virtual Result<Stream> follow_lines(const Caller&, const FollowLogLines&) = 0;
  virtual Result<Bill> get_bill(const Caller&, const GetBill&) = 0;
  virtual Result<Usage> get_usage(const Caller&, const GetUsage&) = 0;
  virtual Result<Budget> get_budget(const Caller&, const GetBudget&) = 0;
  /// Holds for calls that begin after it returns. invalid: above the server's maximum.
  virtual Result<Budget> set_budget(const Caller&, const SetBudget&) = 0;
  virtual Result<Health> get_health(const GetHealth&) = 0;

  using Api = Routes<
      Route<"POST /signup", &Gateway::signup, "Make a user.">,
      Route<"POST /login", &Gateway::login,
            "Exchange a password for a bearer token that lives 24 hours.">,
      Route<"POST /logout", &Gateway::logout, "Revoke the token this is asked with.">,
      Route<"POST /user/password", &Gateway::change_password,
            "Change the password, and end every other login.">,
      Route<"GET /user/me", &Gateway::get_me, "Whose token this is.">,
      Route<"POST /functions", &Gateway::create_function, "Create a function from its source.">,
      Route<"GET /functions", &Gateway::list_functions, "The caller's functions, by name.">,
      Route<"GET /functions/{fn_name}/details", &Gateway::get_function,
            "A function, and the arguments it takes.">,
      Route<"GET /functions/{fn_name}/code", &Gateway::get_code,
            "A function's source, and its own settings.">,
      Route<"GET /functions/{fn_name}", &Gateway::execute_function,
            "Run a function; every argument is a text from the query.", Acts>,
      Route<"POST /functions/{fn_name}/invoke", &Gateway::invoke_function,
            "Run a function with a JSON object of arguments.">,
      Route<"PUT /functions/{fn_name}/settings", &Gateway::configure_function,
            "Change a function's network, state and limits.">,
      Route<"DELETE /functions/{fn_name}", &Gateway::delete_function,
            "Delete a function, its code and its logs.">,
      Route<"GET /executions", &Gateway::list_executions, "The caller's executions, newest first.">,
      Route<"GET /executions/{exec_id}", &Gateway::get_execution,
            "One execution: its verdict, times and use.">,
      Route<"POST /executions/{exec_id}/cancel", &Gateway::cancel_execution,
            "Stop a running execution.">,
      Route<"GET /executions/{exec_id}/input", &Gateway::get_input,
            "The arguments that an execution ran with.">,
      Route<"GET /executions/{exec_id}/output", &Gateway::get_output,
            "The result that an execution gave.">,
      Route<"POST /executions/{exec_id}/replay", &Gateway::replay_execution,
            "Run a function again with an execution's input.">,
      Route<"GET /functions/{fn_name}/logs", &Gateway::get_function_logs,
            "A function's life, by time.">,
      Route<"GET /functions/exec/{exec_id}/logs", &Gateway::get_execution_logs,
            "One execution's life, by time.">,
      Route<"GET /functions/{fn_name}/lines", &Gateway::read_lines,
            "A function's log lines, the newest of them.">,
      Route<"GET /functions/{fn_name}/lines/follow", &Gateway::follow_lines,
            "A function's log lines as they come, as server-sent events.",
            Text<"text/event-stream">>,
      Route<"GET /bill", &Gateway::get_bill, "How often each function ran.">,
      Route<"GET /usage", &Gateway::get_usage, "What a month's calls used and cost, by function.">,
      Route<"GET /budget", &Gateway::get_budget, "What the present month may cost.">,
      Route<"PUT /budget", &Gateway::set_budget, "Change what a month may cost.">,
      Route<"GET /health", &Gateway::get_health,
            "Whether Kappa serves, and which protections hold.">>;
};

}  // namespace kappa::gateway
