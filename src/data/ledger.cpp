// Starts, outcomes, leases, and the bill.
#include "data/ledger.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/random.hpp"

namespace kappa::data {
namespace {

constexpr std::size_t row_bytes = 1024;  // an outcome's detail is one line
// A runner's clock that differs from ours by more is wrong: the bill's days, and what is overdue,
// go by ours.
constexpr std::int64_t clocks_differ_us = 60'000'000;
constexpr std::int64_t ids_ahead_us = 5'000'000;  // of our clock, by which the gateway's may differ
constexpr std::int64_t longest_us = 24 * 3'600'000'000;  // of anything that is measured of a call

bool has_come(const std::shared_future<Result<Nothing>>& answer) {
  return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

Timestamp plausible(Timestamp told, Timestamp now) {
  const std::int64_t differs_us = told.us > now.us ? told.us - now.us : now.us - told.us;
  return differs_us > clocks_differ_us ? now : told;
}

/// As a runner may say it: what is added up on the bill must stay within what is possible. Nothing
/// is refused for it, for a function that could make its runner say such would not be billed.
FinishExecution plausible(FinishExecution end, Timestamp now) {
  const auto within = [](std::int64_t& figure, std::int64_t most) {
    figure = std::clamp<std::int64_t>(figure, 0, most);
  };
  within(end.queued_us, longest_us);
  within(end.start_us, longest_us);
  within(end.wall_us, longest_us);
  within(end.cpu_us, longest_us * 1024);  // on all of a machine's processors
  within(end.peak_memory_kb, std::int64_t{1} << 40);
  const Timestamp ended_at = plausible(end.ended_at, now);
  const Timestamp began{ended_at.us - end.wall_us};
  end.started_at = ended_at == end.ended_at ? plausible(end.started_at, began) : began;
  end.ended_at = ended_at;
  return end;
}

/// Does it however its scope is left.
template <class Work>
class AtEnd {
 public:
  explicit AtEnd(Work work) : work_(std::move(work)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { work_(); }

 private:
  Work work_;
};

Error given_up(const Uuid& exec_id) {
  return {Code::conflict, "execution " + to_text(exec_id) + " was given up as lost"};
}

}  // namespace

store::Sql bill_query() {
  return "SELECT fn_name, executions FROM usage_total WHERE user_id = ?1 ORDER BY fn_name";
}

Result<Nothing> Ledger::start(const StartExecution& ask) {
  TRY(file_.admit());
  if (!leases_.holds(ask.runner, ask.lease))
    return Error{Code::conflict, "another life of runner '" + ask.runner +
                                     "', or another runner of that name, has begun"};
  if (TRY(is_known(ask)))
    return Error{Code::conflict,
                 "execution " + to_text(ask.exec_id) + " has begun already, or was given up"};
  StartExecution timely = ask;
  timely.queued_at = plausible(ask.queued_at, clock_.now());
  auto hold = TRY(budgets_.admit(timely));
  auto place = TRY(file_.writer().reserve(2 * row_bytes));
  auto start = TRY(starts_.add(timely));
  if (!admissions_.put(ask.exec_id, {std::move(start), std::move(place), std::move(hold)}))
    return Error{Code::conflict, "execution " + to_text(ask.exec_id) + " has begun already"};
  // Not before: whoever gives it up meanwhile must either find it, or be found here.
  if (lately_lost_.has(ask.exec_id, ask.attempt)) {
    admissions_.drop(ask.exec_id, ask.attempt);
    return given_up(ask.exec_id);
  }
  heard_.hear(ask, clock_.now());
  return Nothing{};
}

Result<bool> Ledger::is_known(const StartExecution& ask) {
  if (time_of(ask.exec_id).us > opened_at_.us + ids_ahead_us) return false;
  return file_.read([&](store::Database& db) -> Result<bool> {
    auto rows = db.query("SELECT 1 FROM execution WHERE exec_id = ? AND attempt >= ?",
                         {ask.exec_id, ask.attempt});
    return TRY(rows.next());
  });
}

Result<Nothing> Ledger::finish(const FinishExecution& ask) {
  const FinishExecution end = plausible(ask, clock_.now());
  // Its loss may not have been written yet, but whoever called knows of it.
  if (lately_lost_.has(ask.exec_id, ask.attempt)) return given_up(ask.exec_id);
  if (end.hung_up.value_or(false)) lately_hung_up_.add(end.exec_id, end.attempt, clock_.now());
  auto admission = admissions_.take(end);
  const auto write = [&](store::Database& db) { return end_started(db, end); };
  const AtEnd ended([&] { admissions_.end(end); });
  const auto billed = admission ? record(end, *admission) : file_.write(write, row_bytes);
  if (!billed) return billed.error();
  std::optional<Hold> hold;
  if (admission) hold.emplace(std::move(admission->hold));
  budgets_.settle(std::move(hold), billed->user_id, billed->ended_at, billed->use);
  return Nothing{};
}

Result<Billed> Ledger::record(const FinishExecution& ask, Admission& admission) {
  Start& start = *admission.start;
  start.overtaken = true;
  const auto write = [&](store::Database& db) -> Result<Billed> {
    if (start.has_row) return end_started(db, ask);
    // What could not be written at its start is not written at its end either.
    if (has_come(start.written)) TRY(start.written.get());
    if (ask.attempt == 1) return insert_ended(db, start.ask, ask);
    TRY(insert_start(db, start.ask));  // over the row of an earlier attempt, if that has one
    return end_started(db, ask);
  };
  auto recorded = file_.write(write, std::move(admission.place));
  if (recorded) {
    unrecorded_.settle(file_);
    return recorded;
  }
  const Code code = recorded.error().code;
  if (code == Code::unavailable || code == Code::internal) unrecorded_.add(start.ask, ask);
  // Without its start an outcome has no row; why the start failed is the truer answer.
  TRY(start.written.get());
  return recorded;
}

Result<Lost> Ledger::take_lease(const TakeLease& ask) {
  const std::scoped_lock in_order(leases_mutex_);
  const auto claim = leases_.claim(ask);
  if (claim == Leases::Claim::refused)
    return Error{Code::conflict, "another runner called '" + ask.runner + "' has begun"};
  if (claim == Leases::Claim::present && ask.again.value_or(false)) return Lost{};
  bool written = false;
  const AtEnd given_back([&] {
    if (!written && claim == Leases::Claim::taken) leases_.give_back(ask);
  });
  starts_.settle();  // what began before is lost with the rest
  auto lost = file_.write([&](store::Database& db) { return begin_life(db, ask, clock_.now()); },
                          row_bytes);
  written = lost.has_value();
  if (written) admissions_.drop(ask);
  return lost;
}

Result<Nothing> Ledger::lose(const LoseExecution& ask) {
  Loss loss{ask, {}, clock_.now()};
  lately_lost_.add(ask.exec_id, ask.attempt, loss.at);
  starts_.settle();
  // A file that took nothing for a while may lack the row of one that runs.
  if (const auto start = admissions_.find(ask.exec_id, ask.attempt)) {
    loss.begun = start->ask;
  } else {
    loss.begun = unrecorded_.find(ask.exec_id, ask.attempt);
  }
  const bool hung_up = lately_hung_up_.has(ask.exec_id, ask.attempt);
  std::optional<Billed> not_billed;
  const auto update = [&](store::Database& db) -> Result<Nothing> {
    not_billed.reset();
    if (hung_up) not_billed = TRY(lose_hung_up(db, loss));
    return not_billed ? Nothing{} : lose_one(db, loss);
  };
  auto written = file_.write(update, row_bytes);
  if (!written) unrecorded_.add(loss);
  if (written && not_billed)
    budgets_.settle({}, not_billed->user_id, not_billed->ended_at, not_billed->use);
  admissions_.drop(ask.exec_id, ask.attempt);
  return written;
}

Result<Lost> Ledger::lose_overdue(const LoseOverdue& ask) {
  const Timestamp now = clock_.now();
  const auto update = [&](store::Database& db) { return data::lose_overdue(db, ask, now); };
  const Lost lost = TRY(file_.write(update, row_bytes));
  admissions_.drop(lost.exec_ids);
  return lost;
}

Result<RunnerList> Ledger::runners() {
  return file_.read([this](store::Database& db) { return runners_of(db, clock_.now()); });
}

Result<Nothing> Ledger::check() {
  // Writes the first page anew as it is.
  TRY(file_.check([](store::Database& db) { return db.run("PRAGMA user_version = 0"); }));
  unrecorded_.settle(file_);
  return Nothing{};
}

Result<Bill> Ledger::bill(const GetBill& ask) {
  return file_.read([&](store::Database& db) -> Result<Bill> {
    Bill bill;
    auto rows = db.query(bill_query(), {ask.user_id});
    while (TRY(rows.next())) {
      bill.fn.emplace_hint(bill.fn.end(), rows.text(0), rows.integer(1));
      bill.total += rows.integer(1);
    }
    return bill;
  });
}

}  // namespace kappa::data
