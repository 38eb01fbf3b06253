// Parts with rising times, by which the logs know them apart.
#include "runner/telling.hpp"

#include "base/log.hpp"
#include "base/random.hpp"

namespace kappa::runner {
namespace {

constexpr std::size_t most_under_way = 8;  // each is of a fiftieth of a second
// The last part of an execution of which nobody knows how many parts it has.
constexpr std::int64_t behind_all = INT32_MAX;

}  // namespace

fn_logs::Output Telling::part(std::vector<fn_logs::Piece> pieces, Timestamp ts) {
  last_ = parts_ > 0 && ts <= last_ ? Timestamp{last_.us + 1} : ts;
  fn_logs::Output output{start_.fn_id, start_.exec_id, last_, std::move(pieces), start_.user_id};
  output.part = parts_++;
  if (output.part == 0) output.queued_at = start_.queued_at;
  return output;
}

void Telling::go_on(Capture& printed) {
  while (!kept_.empty() && kept_.front().ended()) settle_first();
  if (kept_.size() >= most_under_way) return;
  auto lines = printed.take_lines();
  if (lines.empty()) return;
  auto output = part(std::move(lines), clock_.now());
  output.last = false;
  kept_.push_back(fn_logs_.begin_append(output));
}

fn_logs::Kept Telling::end(std::vector<fn_logs::Piece> pieces, Timestamp ended_at, Verdict verdict,
                           const std::string& detail, std::optional<fn_logs::Exchange> exchange) {
  auto last = fn_logs::kept_already(Nothing{});
  if (!pieces.empty() || verdict != Verdict::ok || parts_ > 0 || exchange) {
    auto output = part(std::move(pieces), ended_at);
    if (verdict != Verdict::ok) {
      output.verdict = verdict;
      output.detail = detail;
    }
    output.exchange = std::move(exchange);
    last = fn_logs_.begin_append(output);
  }
  const auto ended = last.ended;
  return {[this, last = std::move(last)] {
            const auto kept = last.wait();
            while (!kept_.empty()) settle_first();
            return failed_ ? kept : failed_;
          },
          ended};
}

void Telling::settle_first() {
  auto kept = kept_.front().wait();
  kept_.pop_front();
  if (!kept && failed_) failed_ = std::move(kept);
}

namespace {

Result<Nothing> append_lost(const Uuid& exec_id, data::Data& data, fn_logs::FnLogs& fn_logs) {
  const auto lost = TRY(data.get_execution({exec_id}));
  if (TRY(data.get_function({lost.fn_id})).state != data::FunctionState::live) return Nothing{};
  fn_logs::Output output{lost.fn_id, exec_id, *lost.ended_at, {}, lost.user_id};
  output.part = behind_all;
  output.verdict = lost.verdict;
  output.detail = lost.detail;
  return fn_logs.append(output);
}

}  // namespace

void tell_lost(const Uuid& exec_id, data::Data& data, fn_logs::FnLogs& fn_logs) {
  if (const auto told = append_lost(exec_id, data, fn_logs); !told) {
    log::warning("a lost execution is not told of in the logs",
                 {{"exec_id", to_text(exec_id)}, {"reason", told.error().detail}});
  }
}

}  // namespace kappa::runner
