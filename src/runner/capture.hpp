// What a call prints, kept in order up to a limit.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kappa/fn_logs.hpp"

namespace kappa::runner {

/// Collects both channels. Bytes that are no UTF-8 become \xNN; beyond the limit one mark is kept
/// and nothing more.
class Capture {
 public:
  explicit Capture(std::int64_t limit_bytes) : limit_(static_cast<std::size_t>(limit_bytes)) {}

  void add(fn_logs::Channel channel, std::string_view bytes, Timestamp now);
  /// Whether a line has ended since the last were taken.
  bool has_lines() const { return line_ended_; }
  /// Takes the lines that have come in whole, so that they can be told while the call runs.
  std::vector<fn_logs::Piece> take_lines();
  /// What is left; a character cut in two at the very end is shown as its bytes.
  std::vector<fn_logs::Piece> take(Timestamp now);
  bool cut() const { return cut_; }

 private:
  void keep(fn_logs::Channel channel, std::string text, Timestamp now);
  void go_on_with_line(fn_logs::Channel channel, std::string& text);
  void note_open(std::size_t at);

  const std::size_t limit_;
  std::size_t size_ = 0;
  bool cut_ = false;
  bool line_ended_ = false;    // since lines were taken
  std::string unfinished_[2];  // per channel: the beginning of a character whose rest has not come
  std::vector<fn_logs::Piece> pieces_;
  std::array<std::optional<std::size_t>, 2> open_;  // per channel: the piece whose line goes on
};

}  // namespace kappa::runner
