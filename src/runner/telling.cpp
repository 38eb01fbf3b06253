// Parts with rising times, by which the logs know them apart.
#include "runner/telling.hpp"

#include <algorithm>
#include <thread>

#include "base/log.hpp"
#include "base/random.hpp"
#include "runner/parts.hpp"

namespace kappa::runner {
namespace {

constexpr std::size_t most_under_way = 8;  // each is of a fiftieth of a second
// Between a failure and the next try: one that waited for a lock has waited for a second.
constexpr std::chrono::milliseconds pause{50};
constexpr int tries_at_damage = 3;
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

void Telling::send(fn_logs::Output output) {
  auto kept = fn_logs_.begin_append(output);
  under_way_.push_back({std::move(output), std::move(kept)});
}

void Telling::go_on(Capture& printed) {
  while (!under_way_.empty() && has_ended(under_way_.front())) {
    UnderWay& first = under_way_.front();
    if (!may_pass(first)) {
      drop_first();
      continue;
    }
    const bool all_ended = std::all_of(under_way_.begin(), under_way_.end(), has_ended);
    if (all_ended && std::chrono::steady_clock::now() >= first.sent_at + pause) send_again(first);
    return;
  }
  if (under_way_.size() >= most_under_way) return;
  auto lines = printed.take_lines();
  if (lines.empty()) return;
  for (Pieces& pieces : in_parts(std::move(lines)))
    send_unfinished(std::move(pieces), clock_.now());
}

void Telling::send_unfinished(std::vector<fn_logs::Piece> pieces, Timestamp ts) {
  auto output = part(std::move(pieces), ts);
  output.last = false;
  send(std::move(output));
}

void Telling::end(std::vector<fn_logs::Piece> pieces, Timestamp ended_at, Verdict verdict,
                  const std::string& detail, std::optional<fn_logs::Exchange> exchange) {
  if (pieces.empty() && verdict == Verdict::ok && parts_ == 0 && !exchange) return;
  auto parts = in_parts(std::move(pieces));
  // The last at that time, for the ledger has it too.
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const auto before_us = static_cast<std::int64_t>(parts.size() - 1 - i);
    send_unfinished(std::move(parts[i]), {ended_at.us - before_us});
  }
  auto output = part(std::move(parts.back()), ended_at);
  if (verdict != Verdict::ok) {
    output.verdict = verdict;
    output.detail = detail;
  }
  output.exchange = std::move(exchange);
  send(std::move(output));
}

Result<Nothing> Telling::settle(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (; !under_way_.empty(); drop_first()) {
    UnderWay& first = under_way_.front();
    while (may_pass(first) && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_until(first.sent_at + pause);
      send_again(first);
    }
  }
  return failed_;
}

bool Telling::has_ended(const UnderWay& one) { return one.outcome || one.kept.ended(); }

const Result<Nothing>& Telling::outcome_of(UnderWay& one) const {
  if (!one.outcome) one.outcome = outcome_of(one.kept);
  one.kept = {};  // it may hold what is damaged
  if (!*one.outcome) failing_ = true;
  return *one.outcome;
}

/// A bug or want of memory there must not end the call here, whose outcome is still to be recorded.
Result<Nothing> Telling::outcome_of(const fn_logs::Kept& kept) try {
  return kept.wait();
} catch (const std::exception& fault) {
  return Error{Code::internal, std::string("the logs have failed: ") + fault.what()};
}

/// Whether it failed for a reason that may be gone.
bool Telling::may_pass(UnderWay& one) const {
  const auto& outcome = outcome_of(one);
  if (outcome || unwanted_()) return false;
  // A damaged file is set aside; if that does not help, nothing does.
  if (outcome.error().code == Code::internal) return one.tries < tries_at_damage;
  return outcome.error().code == Code::unavailable;
}

void Telling::send_again(UnderWay& one) {
  for (UnderWay& other : under_way_) outcome_of(other);  // none holds what is damaged
  one.sent_at = std::chrono::steady_clock::now();
  ++one.tries;
  one.outcome.reset();
  one.kept = fn_logs_.begin_append(one.output);
}

void Telling::drop_first() {
  const auto& outcome = outcome_of(under_way_.front());
  if (!outcome && failed_) failed_ = outcome;
  under_way_.pop_front();
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
