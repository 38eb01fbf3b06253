// A line is cut at its ends, and where it is too long between two characters.
#include "fn_logs/row_lines.hpp"

#include <cstring>

namespace kappa::fn_logs {
namespace {

constexpr std::size_t largest_part = 64 << 10;  // so that a page of lines has a bound

/// How much of a line is one part.
std::size_t part_size(std::string_view text) {
  if (text.size() <= largest_part) return text.size();
  std::size_t end = largest_part;
  while (end > largest_part - 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return end;
}

/// Whether a line lies in several pieces, so that it cannot be looked for in the row's bytes.
bool spans_pieces(const RowView& row) {
  bool open[2] = {};
  std::string_view bytes = row.pieces;
  for (;;) {
    const auto piece = take_piece(bytes, row.ts);
    if (!piece) return true;  // damaged: whoever reads it shall say so
    if (!*piece) return false;
    bool& unfinished = open[(*piece)->channel == Channel::err ? 1 : 0];
    if (unfinished) return true;
    unfinished = !(*piece)->text.ends_with('\n');
  }
}

constexpr std::string_view started = "started";

}  // namespace

bool may_hold(const RowView& row, std::string_view text) {
  if (!row.verdict.empty() || (row.queued_at && started.find(text) != started.npos)) return true;
  if (::memmem(row.pieces.data(), row.pieces.size(), text.data(), text.size()) != nullptr)
    return true;
  return spans_pieces(row);
}

Result<std::optional<LineView>> RowLines::next() {
  if (line_.continues) return std::optional(part());
  if (!TRY(find())) return std::optional<LineView>();
  return std::optional(part());
}

LineView RowLines::part() {
  const std::size_t size = part_size(rest_);
  line_.begins = rest_.data() == line_.whole.data();
  line_.text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  line_.continues = !rest_.empty();
  ++line_.number;
  LineView given = line_;
  --given.number;
  return given;
}

bool RowLines::give(LineStream stream, Timestamp ts, std::string_view text) {
  line_.stream = stream;
  line_.ts = ts;
  line_.whole = rest_ = text;
  return true;
}

Result<bool> RowLines::find() {
  if (stage_ == Stage::started) {
    stage_ = Stage::printed;
    if (row_.queued_at) return give(LineStream::platform, *row_.queued_at, started);
  }
  if (stage_ == Stage::printed) {
    if (TRY(find_printed())) return true;
    stage_ = Stage::unfinished_out;
  }
  for (const int channel : {0, 1}) {
    if (stage_ != (channel == 0 ? Stage::unfinished_out : Stage::unfinished_err)) continue;
    stage_ = channel == 0 ? Stage::unfinished_err : Stage::ended;
    const Unfinished& line = unfinished_[channel];
    if (!line.text.empty())
      return give(channel == 0 ? LineStream::stdout : LineStream::stderr, line.ts, line.text);
  }
  if (stage_ != Stage::ended) return false;
  stage_ = Stage::over;
  if (row_.verdict.empty()) return false;
  held_ = "failed: " + std::string(row_.verdict);
  if (!row_.detail.empty()) held_ += ": " + std::string(row_.detail);
  return give(LineStream::platform, row_.ts, held_);
}

Result<bool> RowLines::find_printed() {
  for (;;) {
    if (piece_.text.empty()) {
      const auto taken = TRY(take_piece(bytes_, row_.ts));
      if (!taken) return false;
      piece_ = *taken;
      continue;
    }
    const bool err = piece_.channel == Channel::err;
    Unfinished& before = unfinished_[err ? 1 : 0];
    if (before.text.empty()) before.ts = piece_.ts;
    const std::size_t end = piece_.text.find('\n');
    const std::string_view text = piece_.text.substr(0, end);
    if (end == piece_.text.npos) {
      before.text += text;
      piece_.text = {};
      continue;
    }
    piece_.text.remove_prefix(end + 1);
    const LineStream stream = err ? LineStream::stderr : LineStream::stdout;
    if (before.text.empty()) return give(stream, before.ts, text);
    held_ = before.text;
    held_ += text;
    before.text.clear();
    return give(stream, before.ts, held_);
  }
}

}  // namespace kappa::fn_logs
