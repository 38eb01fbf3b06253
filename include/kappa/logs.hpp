// What the logs module is to everyone else: one time-ordered view of a function's life.
#pragma once

#include <optional>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/lines.hpp"
#include "kappa/route.hpp"
#include "kappa/types.hpp"

namespace kappa::logs {

/// `content` is a JSON text: {"status":"created"}, {"status":"started","exec_id"},
/// {"exec_id","stdout","stderr"} or, for an execution that did not end well,
/// {"status":"failed","exec_id","verdict","detail"}.
struct Line {
  Timestamp ts;
  std::string content;
};
BOOST_DESCRIBE_STRUCT(Line, (), (ts, content))

struct Lines {
  std::vector<Line> logs;  ///< oldest first
};
BOOST_DESCRIBE_STRUCT(Lines, (), (logs))

struct ReadFunction {
  Uuid fn_id;
  std::optional<std::int64_t> limit;  ///< the newest so many lines, 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(ReadFunction, (), (fn_id, limit))

struct ReadExecution {
  Uuid exec_id;
};
BOOST_DESCRIBE_STRUCT(ReadExecution, (), (exec_id))

struct ReadExchange {
  Uuid fn_id;
  Uuid exec_id;
};
BOOST_DESCRIBE_STRUCT(ReadExchange, (), (fn_id, exec_id))

/// What an execution was given and what it gave back, as JSON texts, whole or absent.
struct Exchange {
  std::optional<std::string> input;  ///< absent: longer than is kept
  std::int64_t input_bytes = 0;
  std::optional<std::string> output;  ///< absent: longer than is kept, or there is none
  std::int64_t output_bytes = 0;      ///< 0: there is none, for the call failed
};
BOOST_DESCRIBE_STRUCT(Exchange, (), (input, input_bytes, output, output_bytes))
/// A function's lines, the platform's among them. With `after`, `wait_ms` is how long the reply may
/// wait for the first one.
struct ReadLines : LineSelection {
  Uuid fn_id;
  std::optional<std::int64_t> wait_ms;  ///< at most 1000
};
BOOST_DESCRIBE_STRUCT(ReadLines, (LineSelection), (fn_id, wait_ms))

struct EraseFunction {
  Uuid fn_id;
};
BOOST_DESCRIBE_STRUCT(EraseFunction, (), (fn_id))

struct Inspect {};
BOOST_DESCRIBE_STRUCT(Inspect, (), ())

/// Thread-safe. Asks data for what the platform did and fn_logs for what functions printed.
class Logs {
 public:
  virtual ~Logs() = default;

  /// The newest that fit: what executions printed is 2 MiB at most, or one execution's.
  virtual Result<Lines> read_function(const ReadFunction&) = 0;
  /// not_found: no such execution.
  virtual Result<Lines> read_execution(const ReadExecution&) = 0;
  /// not_found: nothing is kept of it.
  virtual Result<Exchange> read_exchange(const ReadExchange&) = 0;
  /// Lines of executions that run, too; of those that printed nothing and ended well there are
  /// none. A long search ends early, with `older`. invalid: a cursor is none, or /limit is not 1 to
  /// 1000.
  virtual Result<LinePage> read_lines(const ReadLines&) = 0;
  /// Erases what a function printed, was given and gave back; what the platform did stays in the
  /// ledger.
  virtual Result<Nothing> erase_function(const EraseFunction&) = 0;
  virtual Result<LogsCondition> inspect(const Inspect&) = 0;

  using Api = Routes<
      Route<"GET /functions/{fn_id}", &Logs::read_function, "A function's life, by time.">,
      Route<"GET /functions/exec/{exec_id}/logs", &Logs::read_execution,
            "One execution's life, by time.">,
      Route<"GET /functions/{fn_id}/exchanges/{exec_id}", &Logs::read_exchange,
            "What one execution was given and gave back.">,
      Route<"GET /functions/{fn_id}/lines", &Logs::read_lines, "A function's lines.">,
      Route<"DELETE /functions/{fn_id}", &Logs::erase_function, "Erase what a function printed.">,
      Route<"GET /condition", &Logs::inspect, "What is wrong with the files.">>;
};

}  // namespace kappa::logs
