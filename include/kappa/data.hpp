// What the data module is to everyone else: users, tokens, functions, the ledger, events.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "kappa/bill.hpp"
#include "kappa/core.hpp"
#include "kappa/ledger.hpp"
#include "kappa/route.hpp"
#include "kappa/types.hpp"

namespace kappa::data {

// ---- users and tokens ----

struct Signup {
  Name username;
  Password password;
};
BOOST_DESCRIBE_STRUCT(Signup, (), (username, password))

struct Login {
  std::string username;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(Login, (), (username, password))

struct Session {
  std::string token;  ///< "kappa_" and 32 random bytes in base64url; only its SHA-256 is stored
  Timestamp expires_at;
};
BOOST_DESCRIBE_STRUCT(Session, (), (token, expires_at))

struct Identify {
  std::string token;
};
BOOST_DESCRIBE_STRUCT(Identify, (), (token))

struct User {
  std::int64_t user_id = 0;
  std::string username;
};
BOOST_DESCRIBE_STRUCT(User, (), (user_id, username))

struct Logout {
  std::string token;
};
BOOST_DESCRIBE_STRUCT(Logout, (), (token))

struct ChangePassword {
  std::int64_t user_id = 0;
  std::string password;  ///< the present one
  Password new_password;
};
BOOST_DESCRIBE_STRUCT(ChangePassword, (), (user_id, password, new_password))

// ---- functions ----

/// A name is taken by `reserved` and `live` functions; only `live` ones exist for users.
enum class FunctionState {
  reserved,  ///< being created: the name is taken, the code perhaps stored
  live,      ///< exists
  deleting,  ///< gone for users; code and logs still to be erased
  deleted,   ///< nothing left but its place in the ledger
};
BOOST_DESCRIBE_ENUM(FunctionState, reserved, live, deleting, deleted)

struct Function {
  Uuid fn_id;
  std::int64_t user_id = 0;
  Name name;
  std::int64_t version = 1;
  std::optional<CodeId> code_id;  ///< absent until it is live
  FunctionState state = FunctionState::live;
  Timestamp created_at;
  FunctionSettings settings;
};
BOOST_DESCRIBE_STRUCT(Function, (),
                      (fn_id, user_id, name, version, code_id, state, created_at, settings))

struct ReserveFunction {
  Uuid fn_id;
  std::int64_t user_id = 0;
  Name name;
  FunctionSettings settings = {};  ///< not checked: what may be asked for is a runner's to say
};
BOOST_DESCRIBE_STRUCT(ReserveFunction, (), (fn_id, user_id, name, settings))

struct PublishFunction {
  Uuid fn_id;
  CodeId code_id;
};
BOOST_DESCRIBE_STRUCT(PublishFunction, (), (fn_id, code_id))

/// All of a function's settings; those it had and that are absent here are its no more.
struct ConfigureFunction {
  Uuid fn_id;
  FunctionSettings settings;
};
BOOST_DESCRIBE_STRUCT(ConfigureFunction, (), (fn_id, settings))

struct FindFunction {
  std::int64_t user_id = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(FindFunction, (), (user_id, name))

/// One function by id. Also what the operations that move a function to `deleting` and to `deleted`
/// ask.
struct FunctionById {
  Uuid fn_id;
};
BOOST_DESCRIBE_STRUCT(FunctionById, (), (fn_id))

struct ListUnsettled {
  /// Leaves out those reserved more recently: their creation may still be under way.
  std::int64_t older_than_ms = 0;
};
BOOST_DESCRIBE_STRUCT(ListUnsettled, (), (older_than_ms))

struct Functions {
  std::vector<Function> functions;
};
BOOST_DESCRIBE_STRUCT(Functions, (), (functions))

struct ListFunctions {
  std::int64_t user_id = 0;
  std::optional<std::string> after;   ///< a page's `next`: names that come behind it
  std::optional<std::int64_t> limit;  ///< 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(ListFunctions, (), (user_id, after, limit))

struct ListedFunction {
  Function function;
  std::int64_t executions = 0;  ///< billed ones
};
BOOST_DESCRIBE_STRUCT(ListedFunction, (), (function, executions))

struct FunctionPage {
  std::vector<ListedFunction> functions;  ///< by name, in the order of its bytes
  std::optional<std::string> next;        ///< there are more behind this name
};
BOOST_DESCRIBE_STRUCT(FunctionPage, (), (functions, next))

// ---- the executions ledger ----

struct CheckRecording {};
BOOST_DESCRIBE_STRUCT(CheckRecording, (), ())

struct GetBill {
  std::int64_t user_id = 0;
};
BOOST_DESCRIBE_STRUCT(GetBill, (), (user_id))

/// Executions in which user code began, deleted functions' included; runner_lost ones never.
struct Bill {
  std::int64_t total = 0;
  std::map<std::string, std::int64_t> fn;  ///< by function name
};
BOOST_DESCRIBE_STRUCT(Bill, (), (total, fn))

// ---- platform events ----

/// One line of what the platform did with a function: "created", "started", "failed".
struct Event {
  Timestamp ts;
  std::string status;
  std::optional<Uuid> exec_id;
  std::optional<Verdict> verdict;
  std::optional<std::string> detail;
};
BOOST_DESCRIBE_STRUCT(Event, (), (ts, status, exec_id, verdict, detail))

struct FunctionEvents {
  Uuid fn_id;
  std::optional<std::int64_t> limit;  ///< the newest so many, 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(FunctionEvents, (), (fn_id, limit))

struct Events {
  std::vector<Event> events;  ///< oldest first
};
BOOST_DESCRIBE_STRUCT(Events, (), (events))

/// Thread-safe. Every write is durable (it survives a power cut) before its method returns, but for
/// start_execution.
class Data {
 public:
  virtual ~Data() = default;

  /// conflict: the username is taken.
  virtual Result<Nothing> signup(const Signup&) = 0;
  /// unauthorized: no such user or wrong password; the two take the same time. A token lives 24 h.
  /// limited: too many passwords are being checked already.
  virtual Result<Session> login(const Login&) = 0;
  /// unauthorized: unknown, expired or revoked token.
  virtual Result<User> identify(const Identify&) = 0;
  /// Revokes the token at once. A token already revoked is no error.
  virtual Result<Nothing> logout(const Logout&) = 0;
  /// Ends all the user's sessions and begins one with the new password. unauthorized: not the
  /// present password. limited: as login.
  virtual Result<Session> change_password(const ChangePassword&) = 0;

  /// Takes a name for a function about to be created. conflict: the user has one of that name.
  virtual Result<Function> reserve_function(const ReserveFunction&) = 0;
  /// Makes a reserved function exist, and records the event "created". not_found: it is not
  /// reserved any more.
  virtual Result<Function> publish_function(const PublishFunction&) = 0;
  /// Changes a live function's settings. not_found: it is not live.
  virtual Result<Function> configure_function(const ConfigureFunction&) = 0;
  /// A live function of this user. not_found: none of that name.
  virtual Result<Function> find_function(const FindFunction&) = 0;
  /// A function in any state. not_found: never was.
  virtual Result<Function> get_function(const FunctionById&) = 0;
  /// A user's live functions, by name. invalid: /limit is not 1 to 1000.
  virtual Result<FunctionPage> list_functions(const ListFunctions&) = 0;
  /// A reserved or live function ceases to exist (-> deleting). not_found: never was, or is gone.
  virtual Result<Function> remove_function(const FunctionById&) = 0;
  /// Its code and logs are erased (deleting -> deleted). not_found: it was not deleting.
  virtual Result<Nothing> forget_function(const FunctionById&) = 0;
  /// Functions on their way in or out: what a crash left is found here.
  virtual Result<Functions> list_unsettled(const ListUnsettled&) = 0;

  /// Admits an execution: room for its outcome is reserved. Returns before it is durable; the
  /// outcome waits for both. unavailable: the ledger cannot take it; nothing may be run. conflict:
  /// this attempt has begun already or was given up, or the lease is over. over_budget: the user's
  /// month has cost what it may. limited: calls under way may yet use up what is left.
  virtual Result<Nothing> start_execution(const StartExecution&) = 0;
  /// Records the outcome, and the bill's line with it. conflict: not the live attempt and lease, or
  /// it has an outcome. Figures below 0, and times above 24 h, are taken for these. Times that are
  /// a minute off the ledger's clock are taken for that.
  virtual Result<Nothing> finish_execution(const FinishExecution&) = 0;
  /// not_found: never was.
  virtual Result<Execution> get_execution(const ExecutionById&) = 0;
  /// A user's executions that all of the filters hold for, newest first. invalid: /limit is not 1
  /// to 1000.
  virtual Result<ExecutionPage> list_executions(const ListExecutions&) = 0;
  /// Gives an execution the outcome runner_lost, unbilled, unless it has one; what its runner says
  /// of it later is a conflict, also that it starts. In place of `cancelled` too, and its line on
  /// the bill is taken back, when its runner said within the last minute that it was hung up. What
  /// it has now: with runner "" no attempt up to this one has begun, and none will.
  virtual Result<Execution> lose_execution(const LoseExecution&) = 0;
  /// Turns what earlier leases of this runner left open into runner_lost; none of them starts
  /// anything from then on. conflict: it is taken again, and a newer one has been taken since.
  virtual Result<Lost> take_lease(const TakeLease&) = 0;
  /// The same with those that have been open for too long: their runner has not come back.
  virtual Result<Lost> lose_overdue(const LoseOverdue&) = 0;
  /// Those that have begun their life or an execution within a day, or have one open.
  virtual Result<RunnerList> list_runners(const ListRunners&) = 0;
  /// Over all time.
  virtual Result<Bill> get_bill(const GetBill&) = 0;
  /// unavailable: nothing can be recorded at present, so that calls are refused; the detail says
  /// why and what to do. Tries a write when the last one failed, at most once a second.
  virtual Result<Nothing> check_recording(const CheckRecording&) = 0;
  /// Of one month of UTC, by the executions' ends.
  virtual Result<Usage> get_usage(const GetUsage&) = 0;
  virtual Result<Budget> get_budget(const GetBudget&) = 0;
  /// Holds for every call that begins after it returns. What a month's executions cost exceeds the
  /// budget in force by less than what the call admitted last cost. invalid: above the
  /// server's maximum.
  virtual Result<Budget> set_budget(const SetBudget&) = 0;

  /// A function's events by time, those of its executions included.
  virtual Result<Events> list_function_events(const FunctionEvents&) = 0;
  /// One execution's events by time. not_found: never was.
  virtual Result<Events> list_execution_events(const ExecutionById&) = 0;

  using Api = Routes<
      Route<"POST /signup", &Data::signup, "Make a user.">,
      Route<"POST /login", &Data::login, "Exchange a password for a token that lives 24 hours.">,
      Route<"POST /sessions/identify", &Data::identify, "Whose token this is.">,
      Route<"POST /sessions/revoke", &Data::logout, "Revoke a token.">,
      Route<"POST /users/{user_id}/password", &Data::change_password, "Change a password.">,
      Route<"POST /functions", &Data::reserve_function,
            "Take a name for a function about to be created.">,
      Route<"POST /functions/{fn_id}/publish", &Data::publish_function,
            "Make a reserved function exist.">,
      Route<"PUT /functions/{fn_id}/settings", &Data::configure_function,
            "Change a live function's settings.">,
      Route<"GET /users/{user_id}/functions/{name}", &Data::find_function,
            "A live function by its owner and name.">,
      Route<"GET /users/{user_id}/functions", &Data::list_functions, "A user's live functions.">,
      Route<"GET /functions/{fn_id}", &Data::get_function, "A function in any state.">,
      Route<"DELETE /functions/{fn_id}", &Data::remove_function,
            "A function ceases to exist; its leftovers are to be erased.">,
      Route<"POST /functions/{fn_id}/forget", &Data::forget_function,
            "A deleted function's leftovers are erased.">,
      Route<"GET /functions/unsettled", &Data::list_unsettled, "Functions on their way in or out.">,
      Route<"POST /executions", &Data::start_execution, "Admit an execution to the ledger.">,
      Route<"POST /executions/{exec_id}/outcome", &Data::finish_execution,
            "Record how an execution ended.">,
      Route<"POST /executions/{exec_id}/loss", &Data::lose_execution,
            "Nobody knows what became of an execution.">,
      Route<"POST /executions/overdue", &Data::lose_overdue,
            "Executions that are open for too long are lost.">,
      Route<"GET /runners", &Data::list_runners, "Which runners there are.">,
      Route<"GET /executions/{exec_id}", &Data::get_execution,
            "An execution as the ledger has it.">,
      Route<"GET /users/{user_id}/executions", &Data::list_executions,
            "A user's executions, newest first.">,
      Route<"POST /runners/{runner}/lease", &Data::take_lease, "A runner begins a new life.">,
      Route<"GET /users/{user_id}/bill", &Data::get_bill, "How often a user's functions ran.">,
      Route<"GET /recording", &Data::check_recording, "Whether calls can be recorded.">,
      Route<"GET /users/{user_id}/usage", &Data::get_usage, "What a month of a user's costs.">,
      Route<"GET /users/{user_id}/budget", &Data::get_budget, "What a user's month may cost.">,
      Route<"PUT /users/{user_id}/budget", &Data::set_budget, "Change what it may cost.">,
      Route<"GET /functions/{fn_id}/events", &Data::list_function_events,
            "What the platform did with a function.">,
      Route<"GET /executions/{exec_id}/events", &Data::list_execution_events,
            "What the platform did with an execution.">>;
};

}  // namespace kappa::data
