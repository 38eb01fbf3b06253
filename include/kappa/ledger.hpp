// What the data module's ledger of executions is made of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kappa/types.hpp"

namespace kappa::data {

/// The start of one attempt of an execution. Its row is in its final shape; later features fill it,
/// none changes it.
struct StartExecution {
  Uuid exec_id;
  std::int64_t attempt = 1;
  std::string runner;  ///< which runner runs it
  Uuid lease;          ///< that runner's present life: only its holder may record the outcome
  Uuid fn_id;
  std::int64_t user_id = 0;
  Name fn_name;
  std::int64_t fn_version = 1;
  Limits limits;
  Timestamp queued_at;
  std::optional<Uuid> replay_of = {};  ///< whose input it runs with again
};
BOOST_DESCRIBE_STRUCT(StartExecution, (),
                      (exec_id, attempt, runner, lease, fn_id, user_id, fn_name, fn_version, limits,
                       queued_at, replay_of))

/// How it ended, and what it used as the server measured it.
struct FinishExecution {
  Uuid exec_id;
  std::int64_t attempt = 1;
  Uuid lease;
  Verdict verdict = Verdict::ok;
  std::string detail;  ///< one line for people, "" when ok: "ValueError: no", "killed by signal 11
                       ///< (SIGSEGV)"
  Timestamp started_at;
  Timestamp ended_at;
  std::int64_t queued_us = 0;  ///< waiting for its turn
  std::int64_t start_us = 0;   ///< getting a process
  std::int64_t wall_us = 0;    ///< the user's code alone, on a monotonic clock; what is billed
  std::int64_t cpu_us = 0;
  std::int64_t peak_memory_kb = 0;
  bool output_cut = false;           ///< printed more than is kept
  std::optional<bool> hung_up = {};  ///< cancelled because the connection of whoever waited ended:
                                     ///< their own doing, or that of what stands between
};
BOOST_DESCRIBE_STRUCT(FinishExecution, (),
                      (exec_id, attempt, lease, verdict, detail, started_at, ended_at, queued_us,
                       start_us, wall_us, cpu_us, peak_memory_kb, output_cut, hung_up))

struct ExecutionById {
  Uuid exec_id;
};
BOOST_DESCRIBE_STRUCT(ExecutionById, (), (exec_id))

/// An execution as the ledger has it. What is known once it has ended is absent before, or 0.
struct Execution {
  Uuid exec_id;
  std::string runner;  ///< which runner runs it; "" when none is known to have begun it
  Uuid fn_id;
  std::int64_t user_id = 0;
  Name fn_name;
  std::int64_t fn_version = 1;
  std::int64_t attempt = 1;
  Limits limits;
  Timestamp queued_at;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> ended_at;
  std::optional<Verdict> verdict;
  std::string detail;
  std::int64_t queued_us = 0;
  std::int64_t start_us = 0;
  std::int64_t wall_us = 0;
  std::int64_t cpu_us = 0;
  std::int64_t peak_memory_kb = 0;
  bool output_cut = false;
  std::optional<Uuid> replay_of;  ///< whose input it ran with again
};
BOOST_DESCRIBE_STRUCT(Execution, (),
                      (exec_id, runner, fn_id, user_id, fn_name, fn_version, attempt, limits,
                       queued_at, started_at, ended_at, verdict, detail, queued_us, start_us,
                       wall_us, cpu_us, peak_memory_kb, output_cut, replay_of))

/// A user's executions that all these hold for.
struct ListExecutions {
  std::int64_t user_id = 0;
  std::optional<std::string> fn_name;  ///< deleted functions' too
  std::optional<Verdict> verdict;
  std::optional<bool> running;        ///< true: those without a verdict; false: those with one
  std::optional<Uuid> before;         ///< a page's `next`: older than this one
  std::optional<std::int64_t> limit;  ///< 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(ListExecutions, (), (user_id, fn_name, verdict, running, before, limit))

struct ExecutionPage {
  std::vector<Execution> executions;  ///< newest first
  std::optional<Uuid> next;           ///< there are older ones behind this one
};
BOOST_DESCRIBE_STRUCT(ExecutionPage, (), (executions, next))

/// Nobody knows what became of an execution: its runner, or the way to it, broke.
struct LoseExecution {
  Uuid exec_id;
  Uuid fn_id;
  std::int64_t user_id = 0;
  Name fn_name;
  std::int64_t fn_version = 1;
  std::string detail;  ///< one line for people
  Timestamp queued_at;
  std::int64_t attempt = 1;  ///< of which, and of those before, nobody knows
};
BOOST_DESCRIBE_STRUCT(LoseExecution, (),
                      (exec_id, fn_id, user_id, fn_name, fn_version, detail, queued_at, attempt))

/// A runner has begun a new life: what its earlier lives left open is lost.
struct TakeLease {
  std::string runner;
  Uuid lease;
  std::optional<bool> again = {};  ///< it was taken before, and the ledger seems not to know
};
BOOST_DESCRIBE_STRUCT(TakeLease, (), (runner, lease, again))

struct Lost {
  std::int64_t lost = 0;       ///< executions that became runner_lost
  std::vector<Uuid> exec_ids;  ///< of 1000 of them at most
};
BOOST_DESCRIBE_STRUCT(Lost, (), (lost, exec_ids))

/// Executions whose runner has said nothing of them for longer than they may run.
struct LoseOverdue {
  std::int64_t grace_ms = 0;  ///< beyond an execution's timeout_ms
};
BOOST_DESCRIBE_STRUCT(LoseOverdue, (), (grace_ms))

struct ListRunners {};
BOOST_DESCRIBE_STRUCT(ListRunners, (), ())

struct RunnerList {
  std::vector<std::string> runners;  ///< by when they began their present life, the latest first
};
BOOST_DESCRIBE_STRUCT(RunnerList, (), (runners))

}  // namespace kappa::data
