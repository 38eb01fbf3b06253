// What is known of log lines everywhere: a line, a page of them, which are wanted, and whether they
// are in order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/types.hpp"

namespace kappa {

/// Where a line comes from: the function's two channels, or what Kappa says of its executions.
enum class LineStream { stdout, stderr, platform };
BOOST_DESCRIBE_ENUM(LineStream, stdout, stderr, platform)

/// What ended with a line end, or with its execution. A longer one than 64 KiB comes in parts.
struct LogEntry {
  std::string cursor;  ///< its place among its function's lines, for ever; opaque
  Timestamp ts;        ///< when its beginning came in
  LineStream stream = LineStream::stdout;
  std::optional<Uuid> exec_id;  ///< absent where it belongs to no execution
  std::string text;             ///< without its line end; bytes that are not UTF-8 are \xNN
  bool continues = false;       ///< the next line of this execution and stream goes on with it
};
BOOST_DESCRIBE_STRUCT(LogEntry, (), (cursor, ts, stream, exec_id, text, continues))

/// In the order in which the lines became known: that of time, but for what calls that run beside
/// each other print within a tenth of a second.
struct LinePage {
  std::vector<LogEntry> lines;  ///< oldest first
  /// There may be older ones: ask again with this as `before`. A page of a long search can be empty
  /// and have it.
  std::optional<std::string> older;
  std::string newer;  ///< ask again with this as `after` for what came later
};
BOOST_DESCRIBE_STRUCT(LinePage, (), (lines, older, newer))

/// Which lines are wanted; whatever is absent does not matter.
struct LineSelection {
  std::optional<Uuid> exec_id;
  std::optional<Timestamp> since;     ///< from then on
  std::optional<Timestamp> until;     ///< before then
  std::optional<LineStream> stream;   ///< of this one alone
  std::optional<std::string> grep;    ///< those that this stands in, letter by letter
  std::optional<std::string> before;  ///< older than this cursor
  std::optional<std::string> after;   ///< newer than this cursor, oldest first: for following
  std::optional<std::int64_t> limit;  ///< the newest so many, 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(LineSelection, (),
                      (exec_id, since, until, stream, grep, before, after, limit))

/// Whether lines can be kept and read.
struct LogsCondition {
  /// Files of days that were damaged and set aside, by name: what was printed on those days until
  /// then cannot be read.
  std::vector<std::string> damaged;
  std::optional<std::string> failing;  ///< why nothing can be kept at present, and what to do
};
BOOST_DESCRIBE_STRUCT(LogsCondition, (), (damaged, failing))

}  // namespace kappa
