// What the gateway tells its users of executions, and is asked about them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/route.hpp"
#include "kappa/types.hpp"

namespace kappa::gateway {

/// The original's way to run a function: every argument is a text, taken from the query.
struct ExecuteFunction {
  std::string fn_name;
  Payload<std::map<std::string, std::string>> args;
};
BOOST_DESCRIBE_STRUCT(ExecuteFunction, (), (fn_name, args))

/// One execution, as its caller is told of it. Refused arguments are an Error instead, are no
/// execution, cost nothing.
struct Executed {
  std::string fn;
  Uuid exec_id;
  std::string status;  ///< "executed", or "failed" for every verdict but ok
  RawJson output;      ///< what main() returned, {} for None and when it failed
  Verdict verdict = Verdict::ok;
  std::optional<std::string> error;      ///< one line: what went wrong
  std::optional<std::string> traceback;  ///< Python's, when main() raised
  double queued_ms = 0;                  ///< waiting for its turn
  double start_ms = 0;                   ///< getting a process
  double wall_ms = 0;                    ///< the user's code alone; what is billed
  double cpu_ms = 0;
  std::int64_t peak_memory_kb = 0;
  bool output_cut = false;  ///< printed more than is kept
  Limits limits;
};
BOOST_DESCRIBE_STRUCT(Executed, (),
                      (fn, exec_id, status, output, verdict, error, traceback, queued_ms, start_ms,
                       wall_ms, cpu_ms, peak_memory_kb, output_cut, limits))

/// 200, as the original has it, but for runner_lost: 502, for nobody knows how it went.
ReplyHead reply_head(const Executed&);

/// main()'s arguments as a JSON object, with their types.
struct InvokeFunction {
  std::string fn_name;
  Payload<RawJson> args;
};
BOOST_DESCRIBE_STRUCT(InvokeFunction, (), (fn_name, args))

/// Executed, with a status that tells machines how it went: 200 ok, 504 timeout, 502 runner_lost,
/// else 500, and `Kappa-Verdict`.
struct Invoked : Executed {};
BOOST_DESCRIBE_STRUCT(Invoked, (Executed), ())
ReplyHead reply_head(const Invoked&);

/// A replay, as its caller is told of it.
struct Replayed : Executed {
  Uuid replay_of;            ///< the original, which is left as it was
  std::optional<bool> same;  ///< whether it ended as the original did: with the same verdict, and
                             ///< the same result or error; absent when that result is not kept
};
BOOST_DESCRIBE_STRUCT(Replayed, (Executed), (replay_of, same))

struct ExecutionById {
  std::string exec_id;  ///< a text: whatever is not one of the caller's executions is not_found
};
BOOST_DESCRIBE_STRUCT(ExecutionById, (), (exec_id))

/// An execution as the ledger has it. What is not known before it ended is absent, or 0, until
/// then.
struct Execution {
  Uuid exec_id;
  std::string fn;
  std::int64_t version = 1;  ///< the function's
  std::int64_t attempt = 1;
  std::string status;              ///< "running", "executed" or "failed"
  std::optional<Verdict> verdict;  ///< absent while it runs
  std::optional<std::string> error;
  Timestamp queued_at;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> ended_at;
  double queued_ms = 0;  ///< waiting for its turn
  double start_ms = 0;   ///< getting a process
  double wall_ms = 0;    ///< the user's code alone; what is billed
  double cpu_ms = 0;
  std::int64_t peak_memory_kb = 0;
  bool output_cut = false;  ///< printed more than is kept
  Limits limits;
  std::optional<Uuid> replay_of;      ///< the execution whose input it ran with again
  std::optional<std::string> runner;  ///< its runner.name; absent when none began it
};
BOOST_DESCRIBE_STRUCT(Execution, (),
                      (exec_id, fn, version, attempt, status, verdict, error, queued_at, started_at,
                       ended_at, queued_ms, start_ms, wall_ms, cpu_ms, peak_memory_kb, output_cut,
                       limits, replay_of, runner))

/// The caller's executions that all these hold for.
struct ListExecutions {
  std::optional<std::string> fn_name;  ///< deleted functions' too
  std::optional<Verdict> verdict;
  std::optional<bool> running;        ///< true: those that run; false: those that have ended
  std::optional<Uuid> before;         ///< a page's `next`: older than this one
  std::optional<std::int64_t> limit;  ///< 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(ListExecutions, (), (fn_name, verdict, running, before, limit))

struct ExecutionPage {
  std::vector<Execution> executions;  ///< newest first
  std::optional<Uuid> next;           ///< there are older ones: ask again with this as `before`
};
BOOST_DESCRIBE_STRUCT(ExecutionPage, (), (executions, next))

}  // namespace kappa::gateway
