// The lines of one row: what the platform says of its execution, and what that printed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fn_logs/pieces.hpp"
#include "kappa/lines.hpp"

namespace kappa::fn_logs {

/// A row of the table output, borrowed from the statement that reads it.
struct RowView {
  Uuid exec_id;
  Timestamp ts;
  std::string_view pieces;
  std::optional<Timestamp> queued_at;
  std::string_view verdict;  ///< "" when the execution ended well, or goes on
  std::string_view detail;
};

/// A line, or a part of one that is too long.
struct LineView {
  std::int64_t number = 0;  ///< in its row, from 0
  Timestamp ts;
  LineStream stream = LineStream::stdout;
  std::string_view text;
  std::string_view whole;  ///< the line that it is a part of
  bool begins = true;      ///< it is the first part
  bool continues = false;  ///< it is not the last
};

/// False when none of a row's lines holds this text: found out without parting them, ten times as
/// fast.
bool may_hold(const RowView& row, std::string_view text);

/// Goes over a row's lines once. Used by one thread; what it gives is valid until the next call.
class RowLines {
 public:
  explicit RowLines(const RowView& row) : row_(row), bytes_(row.pieces) {}

  /// Nothing after the last one. internal: the row is damaged.
  Result<std::optional<LineView>> next();

 private:
  enum class Stage { started, printed, unfinished_out, unfinished_err, ended, over };

  Result<bool> find();
  Result<bool> find_printed();
  bool give(LineStream stream, Timestamp ts, std::string_view text);
  LineView part();

  const RowView& row_;
  std::string_view bytes_;  ///< pieces that are still to be taken
  Stage stage_ = Stage::started;
  PieceView piece_ = {};  ///< what is left of the one that was taken
  struct Unfinished {
    Timestamp ts;
    std::string text;
  } unfinished_[2];        ///< per channel: a line whose end has not come
  std::string held_;       ///< a line that lay in several pieces
  LineView line_ = {};     ///< the one that is given now
  std::string_view rest_;  ///< of it
};

}  // namespace kappa::fn_logs
