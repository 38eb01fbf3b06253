// Parts with rising times, by which the logs know them apart.
#include "runner/telling.hpp"

namespace kappa::runner {
namespace {

constexpr std::size_t most_under_way = 8;  // each is of a fiftieth of a second

}  // namespace

fn_logs::Output Telling::part(std::vector<fn_logs::Piece> pieces, Timestamp ts) {
  last_ = parts_ > 0 && ts <= last_ ? Timestamp{last_.us + 1} : ts;
  fn_logs::Output output{start_.fn_id, start_.exec_id, last_, std::move(pieces), start_.user_id};
  output.part = parts_++;
  if (output.part == 0) output.queued_at = start_.queued_at;
  return output;
}

void Telling::go_on(std::vector<fn_logs::Piece> lines) {
  settle(most_under_way - 1);
  auto output = part(std::move(lines), clock_.now());
  output.last = false;
  kept_.push_back(fn_logs_.begin_append(output));
}

fn_logs::Kept Telling::end(std::vector<fn_logs::Piece> pieces, Timestamp ended_at, Verdict verdict,
                           const std::string& detail, std::optional<fn_logs::Exchange> exchange) {
  fn_logs::Kept last = [] { return Result<Nothing>(Nothing{}); };
  if (!pieces.empty() || verdict != Verdict::ok || parts_ > 0 || exchange) {
    auto output = part(std::move(pieces), ended_at);
    if (verdict != Verdict::ok) {
      output.verdict = verdict;
      output.detail = detail;
    }
    output.exchange = std::move(exchange);
    last = fn_logs_.begin_append(output);
  }
  return [this, last = std::move(last)] {
    const auto kept = last();
    settle(0);
    return failed_ ? kept : failed_;
  };
}

void Telling::settle(std::size_t at_most) {
  while (kept_.size() > at_most) {
    auto kept = kept_.front()();
    kept_.pop_front();
    if (!kept && failed_) failed_ = std::move(kept);
  }
}

}  // namespace kappa::runner
