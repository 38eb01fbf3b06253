// What the runner module is to everyone else: it loads, runs and unloads functions, each call in a
// fresh process.
#pragma once

#include <optional>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/route.hpp"
#include "kappa/types.hpp"

namespace kappa::runner {

struct Load {
  Uuid fn_id;
  CodeId code_id;
  FunctionSettings settings = {};
  std::string fn_name = {};  ///< what the server's log calls it
};
BOOST_DESCRIBE_STRUCT(Load, (), (fn_id, code_id, settings, fn_name))

/// A parameter of main().
struct Parameter {
  std::string name;
  bool required = true;
};
BOOST_DESCRIBE_STRUCT(Parameter, (), (name, required))

struct Loaded {
  Uuid fn_id;
  bool loaded = false;
  std::vector<Parameter> parameters;
  bool takes_any = false;     ///< main() has **kw
  FunctionSettings settings;  ///< as they hold here: none is absent
};
BOOST_DESCRIBE_STRUCT(Loaded, (), (fn_id, loaded, parameters, takes_any, settings))

struct FunctionById {
  Uuid fn_id;
};
BOOST_DESCRIBE_STRUCT(FunctionById, (), (fn_id))

/// A request for one of several runners: what stands between them and its asker may read the name
/// in the query.
struct Unload {
  Uuid fn_id;
  std::string runner = {};
};
BOOST_DESCRIBE_STRUCT(Unload, (), (fn_id, runner))

/// Everything a runner needs to know of the function, so that one that has just started can run it.
struct Invoke {
  Uuid exec_id;  ///< new: who asks can name the call when no answer comes
  Uuid fn_id;
  CodeId code_id;
  std::int64_t user_id = 0;
  Name fn_name;
  std::int64_t fn_version = 1;
  RawJson args;  ///< an object: main()'s keyword arguments
  FunctionSettings settings = {};
  std::optional<Uuid> replay_of = {};  ///< the execution whose input `args` are
  std::int64_t attempt = 1;            ///< more: the ledger knows that none before has begun
};
BOOST_DESCRIBE_STRUCT(Invoke, (),
                      (exec_id, fn_id, code_id, user_id, fn_name, fn_version, args, settings,
                       replay_of, attempt))

/// One finished execution. Times and use are the server's measurements; the function can forge none
/// of them.
struct Execution {
  Uuid exec_id;
  Verdict verdict = Verdict::ok;
  RawJson output;         ///< what main() returned; null unless ok
  std::string detail;     ///< one line for people, "" when ok
  std::string traceback;  ///< Python's, the function's own frames; "" when there is none
  Limits limits;
  Timestamp started_at;
  std::int64_t queued_us = 0;  ///< waiting for its turn
  std::int64_t start_us = 0;   ///< getting a process
  std::int64_t wall_us = 0;    ///< running
  std::int64_t cpu_us = 0;
  std::int64_t peak_memory_kb = 0;
  bool output_cut = false;
};
BOOST_DESCRIBE_STRUCT(Execution, (),
                      (exec_id, verdict, output, detail, traceback, limits, started_at, queued_us,
                       start_us, wall_us, cpu_us, peak_memory_kb, output_cut))

struct Cancel {
  Uuid exec_id;
  std::string runner = {};  ///< where it runs
};
BOOST_DESCRIBE_STRUCT(Cancel, (), (exec_id, runner))

struct Inspect {};
BOOST_DESCRIBE_STRUCT(Inspect, (), ())

/// A protection around functions, tried at start by attempting what it forbids.
struct Layer {
  std::string name;
  bool holds = false;
  std::string detail;  ///< why it does not hold, and what stands in for it
};
BOOST_DESCRIBE_STRUCT(Layer, (), (name, holds, detail))

struct Condition {
  std::string isolation;  ///< "require", "best_effort" or "off", as configured
  std::vector<Layer> layers;
  Layer rewind;  ///< whether functions with state "rewind" have it; else their calls are fresh
  std::int64_t loaded_functions = 0;
  std::int64_t running_calls = 0;
  std::int64_t max_calls = 0;  ///< at a time; more wait
  bool ready = true;           ///< calls are taken
  std::string reason;          ///< why not
};
BOOST_DESCRIBE_STRUCT(Condition, (),
                      (isolation, layers, rewind, loaded_functions, running_calls, max_calls, ready,
                       reason))

/// Thread-safe; a call keeps its caller's thread until it has ended, at the latest when its limits
/// are reached.
class Runner {
 public:
  virtual ~Runner() = default;

  /// Runs the module's top level in the sandbox and looks at main(). unacceptable: the code cannot
  /// be used; `detail` is "Function 'main()' not found inside code." or begins with "Invalid code."
  /// and names the reason and the line. invalid: a setting is more than this runner allows.
  virtual Result<Loaded> load(const Load&) = 0;
  /// Whether it is loaded now. One that is not is no error: the next call loads it.
  virtual Result<Loaded> get_loaded(const FunctionById&) = 0;
  /// Runs main() once, in a process of its own. A failing function is an Execution, not an Error.
  /// invalid_argument: main() takes no such argument or lacks one; nothing ran. limited: as many
  /// calls run and wait as may; nothing ran. The outcome is in the ledger and what it printed in
  /// the logs before this returns; its input and result follow within 20 ms when it printed
  /// nothing. Stopped when the client that it is done for goes away. conflict: an execution of that
  /// id and attempt has begun before, or was given up as lost.
  virtual Result<Execution> invoke(const Invoke&) = 0;
  /// Kills a running call with all it started; its verdict is `cancelled`. not_found: it does not
  /// run here.
  virtual Result<Nothing> cancel(const Cancel&) = 0;
  /// Cancels its running calls and forgets it. Unloading what is not loaded is no error.
  virtual Result<Nothing> unload(const Unload&) = 0;
  virtual Result<Condition> inspect(const Inspect&) = 0;

  using Api =
      Routes<Route<"POST /functions/load", &Runner::load, "Load a function and check its main().">,
             Route<"GET /functions/{fn_id}/isLoaded", &Runner::get_loaded,
                   "Whether a function is loaded.">,
             Route<"POST /functions/{fn_id}/invoke", &Runner::invoke, "Run a function once.">,
             Route<"DELETE /executions/{exec_id}", &Runner::cancel, "Stop a running call.">,
             Route<"DELETE /functions/{fn_id}", &Runner::unload,
                   "Cancel a function's calls and forget it.">,
             Route<"GET /condition", &Runner::inspect,
                   "Which protections hold, and how busy the runner is.">>;
};

}  // namespace kappa::runner
