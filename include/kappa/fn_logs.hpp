// What the fn_logs module is to everyone else: what functions printed, were given and gave back.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/lines.hpp"
#include "kappa/route.hpp"
#include "kappa/types.hpp"

namespace kappa::fn_logs {

enum class Channel { out, err };
BOOST_DESCRIBE_ENUM(Channel, out, err)

/// What a function printed at one go, in the order the server received it. Bytes that are not UTF-8
/// come as \xNN.
struct Piece {
  Timestamp ts;
  Channel channel = Channel::out;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(Piece, (), (ts, channel, text))

/// What one execution was given and what it gave back, as JSON texts. A text is whole or absent:
/// cut JSON is none.
struct Exchange {
  std::optional<std::string> input;  ///< absent: longer than is kept
  std::int64_t input_bytes = 0;
  std::optional<std::string> output;  ///< absent: longer than is kept, or there is none
  std::int64_t output_bytes = 0;      ///< 0: there is none, for the call failed
};
BOOST_DESCRIBE_STRUCT(Exchange, (), (input, input_bytes, output, output_bytes))

/// What one execution printed: its pieces in order, and when the last of it was in. A call that
/// takes its time is told in parts, each with a `ts` of its own: all but the last are of whole
/// lines.
struct Output {
  Uuid fn_id;
  Uuid exec_id;
  Timestamp ts;
  std::vector<Piece> pieces;
  std::int64_t user_id = 0;                 ///< whose; 0 is nobody's, and bounded by age alone
  std::int64_t part = 0;                    ///< counts from 0
  bool last = true;                         ///< the execution has ended
  std::optional<Timestamp> queued_at = {};  ///< with its first part: when it was asked for
  std::optional<Verdict> verdict = {};      ///< with its last part, when that is not ok
  std::string detail = {};                  ///< of that verdict
  std::optional<Exchange> exchange = {};    ///< with its last part; reading gives it by itself
};
BOOST_DESCRIBE_STRUCT(Output, (),
                      (fn_id, exec_id, ts, pieces, user_id, part, last, queued_at, verdict, detail,
                       exchange))

struct ReadFunction {
  Uuid fn_id;
  std::optional<std::int64_t> limit;  ///< the newest so many executions, 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(ReadFunction, (), (fn_id, limit))

struct ReadExecution {
  Uuid exec_id;
};
BOOST_DESCRIBE_STRUCT(ReadExecution, (), (exec_id))

struct Outputs {
  std::vector<Output> outputs;  ///< oldest first
  bool more = false;            ///< they are 2 MiB or more: there may be older ones
};
BOOST_DESCRIBE_STRUCT(Outputs, (), (outputs, more))

struct ReadExchange {
  Uuid fn_id;
  Uuid exec_id;
};
BOOST_DESCRIBE_STRUCT(ReadExchange, (), (fn_id, exec_id))
/// A function's lines. With `after`, `wait_ms` is how long the reply may wait for the first one.
struct ReadLines : LineSelection {
  Uuid fn_id;
  std::optional<std::int64_t> wait_ms;  ///< at most 1000
};
BOOST_DESCRIBE_STRUCT(ReadLines, (LineSelection), (fn_id, wait_ms))

struct ListFunctions {
  std::optional<Uuid> after;          ///< a page's `next`: ids that come behind it
  std::optional<std::int64_t> limit;  ///< 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(ListFunctions, (), (after, limit))

struct FunctionPage {
  std::vector<Uuid> functions;  ///< by id
  std::optional<Uuid> next;     ///< there are more behind this one
};
BOOST_DESCRIBE_STRUCT(FunctionPage, (), (functions, next))

struct EraseFunction {
  Uuid fn_id;
};
BOOST_DESCRIBE_STRUCT(EraseFunction, (), (fn_id))

struct Inspect {};
BOOST_DESCRIBE_STRUCT(Inspect, (), ())

/// An append that may go on while its caller does something else. Must not outlive the module.
struct Kept {
  std::function<Result<Nothing>()> wait;  ///< until it has ended, and says how; once
  std::function<bool()> ended;            ///< whether wait() would return at once
};
/// One that has ended.
inline Kept kept_already(Result<Nothing> how) {
  return {[how = std::move(how)] { return how; }, [] { return true; }};
}

/// Thread-safe. What was appended survives a crash of the process, but for the newest 20 ms of
/// exchanges of executions that printed nothing; a power cut may cost the newest of all.
class FnLogs {
 public:
  virtual ~FnLogs() = default;

  virtual Result<Nothing> append(const Output&) = 0;
  /// As append(), which goes on while its caller does something else: returns soon. The result is
  /// to be waited for before anybody is told that it is kept.
  virtual Kept begin_append(const Output& ask) { return kept_already(append(ask)); }
  /// Of executions that have ended, each as one output: the newest that 2 MiB have room for, one at
  /// least.
  virtual Result<Outputs> read_function(const ReadFunction&) = 0;
  /// An execution that has not ended, or printed nothing and ended well, has no output.
  virtual Result<Outputs> read_execution(const ReadExecution&) = 0;
  /// What was appended before is found. not_found: none is kept.
  virtual Result<Exchange> read_exchange(const ReadExchange&) = 0;
  /// Lines of executions that run, too. A long search ends early, with `older`. invalid: a cursor
  /// is none, or /limit is not 1 to 1000.
  virtual Result<LinePage> read_lines(const ReadLines&) = 0;
  /// Of which functions anything is kept. invalid: /limit is not 1 to 1000.
  virtual Result<FunctionPage> list_functions(const ListFunctions&) = 0;
  /// Erases all that a function printed, was given and gave back. Erasing nothing is no error.
  virtual Result<Nothing> erase_function(const EraseFunction&) = 0;
  virtual Result<LogsCondition> inspect(const Inspect&) = 0;

  using Api = Routes<
      Route<"POST /logs", &FnLogs::append, "Keep what an execution printed.">,
      Route<"GET /logs/{fn_id}", &FnLogs::read_function, "What a function printed, by execution.">,
      Route<"GET /logs/exec/{exec_id}", &FnLogs::read_execution, "What one execution printed.">,
      Route<"GET /exchanges/{fn_id}/{exec_id}", &FnLogs::read_exchange,
            "What one execution was given and gave back.">,
      Route<"GET /logs/{fn_id}/lines", &FnLogs::read_lines, "A function's lines.">,
      Route<"GET /logs", &FnLogs::list_functions, "Of which functions anything is kept.">,
      Route<"DELETE /logs/{fn_id}", &FnLogs::erase_function, "Erase what a function printed.">,
      Route<"GET /condition", &FnLogs::inspect, "What is wrong with the files.">>;
};

}  // namespace kappa::fn_logs
