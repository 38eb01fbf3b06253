// What was sent may have run: it is sent again only once it can not run any more.
#include "gateway/calls.hpp"

#include <chrono>
#include <thread>

#include "base/log.hpp"
#include "gateway/kept.hpp"
#include "rpc/errors.hpp"

namespace kappa::gateway {
namespace {

// How long the ledger is asked what it knows of a call that was lost: it may be being started anew.
// Longer than a runner tries to have its outcome recorded, 12 s: else that might come after our
// word.
constexpr std::chrono::milliseconds ledger_within{15'000};
constexpr std::chrono::milliseconds ledger_pause{100};
constexpr std::int64_t most_attempts = 3;  // a way that breaks this often at once is not there
constexpr const char* how_lost =
    "its runner, or the way to it, broke while it ran; it is not billed";

data::LoseExecution loss_of(const runner::Invoke& ask, Timestamp queued_at,
                            const std::string& detail) {
  return {ask.exec_id,    ask.fn_id, ask.user_id, ask.fn_name,
          ask.fn_version, detail,    queued_at,   ask.attempt};
}

}  // namespace

Result<runner::Execution> Calls::run(const data::Function& function, RawJson args,
                                     std::optional<Uuid> replay_of) const {
  runner::Invoke ask{make_uuid(clock_, random_),
                     function.fn_id,
                     *function.code_id,
                     function.user_id,
                     function.name,
                     function.version,
                     std::move(args),
                     function.settings,
                     replay_of};
  const Timestamp queued_at = clock_.now();
  for (;; ++ask.attempt) {
    auto execution = runner_.invoke(ask);
    if (execution && execution->exec_id == ask.exec_id) {
      if (execution->verdict != Verdict::runner_lost) return execution;
      // It ran, and may have been recorded all the same.
      const auto known = data_.lose_execution(loss_of(ask, queued_at, execution->detail));
      return known && known->verdict != Verdict::runner_lost ? told(*known, queued_at) : execution;
    }
    if (!execution && !rpc::is_in_doubt(execution.error())) return execution;
    const std::string why = execution ? "it told of another call" : execution.error().detail;
    const auto known = give_up(ask, queued_at, why);
    if (!known) return unknown(ask, queued_at, known.error());
    if (!known->runner.empty()) return told(*known, queued_at);
    if (ask.attempt == most_attempts)
      return Error{Code::unavailable, "the way to the runners broke, " +
                                          std::to_string(most_attempts) +
                                          " times; nothing was run, try again"};
  }
}

Result<data::Execution> Calls::stop(const data::Execution& execution) const {
  const std::string named = "execution '" + to_text(execution.exec_id) + "' ";
  const Error over{Code::conflict, named + "has ended already"};
  if (execution.verdict) return over;
  const auto stopped = runner_.cancel({execution.exec_id, execution.runner});
  if (!stopped && stopped.error().code != Code::not_found) return stopped.error();
  auto now = TRY(data_.get_execution({execution.exec_id}));
  if (!now.verdict)
    return Error{Code::unavailable,
                 named + "runs on: its runner '" + execution.runner + "' was not found; try again"};
  if (now.verdict != Verdict::cancelled) return over;
  return now;
}

Result<data::Execution> Calls::give_up(const runner::Invoke& ask, Timestamp queued_at,
                                       const std::string& why) const {
  const auto loss = loss_of(ask, queued_at, how_lost);
  const auto until = std::chrono::steady_clock::now() + ledger_within;
  auto known = data_.lose_execution(loss);
  while (!known && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(ledger_pause);
    known = data_.lose_execution(loss);
  }
  log::warning("a runner gave no answer", {{"exec_id", to_text(ask.exec_id)},
                                           {"attempt", ask.attempt},
                                           {"runner", known ? known->runner : ""},
                                           {"reason", why},
                                           {"ledger", known ? "given up" : known.error().detail}});
  return known;
}

runner::Execution Calls::unknown(const runner::Invoke& ask, Timestamp queued_at, const Error& why) {
  runner::Execution execution;
  execution.exec_id = ask.exec_id;
  execution.verdict = Verdict::runner_lost;
  execution.output.text = "null";
  execution.detail =
      "its runner, or the way to it, broke, and the ledger cannot say how it ended: " + why.detail;
  execution.started_at = queued_at;
  return execution;
}

runner::Execution Calls::told(const data::Execution& known, Timestamp queued_at) const {
  runner::Execution execution;
  execution.exec_id = known.exec_id;
  execution.verdict = known.verdict.value_or(Verdict::runner_lost);
  execution.output.text = "null";
  execution.detail = known.detail;
  execution.limits = known.limits;
  execution.started_at = known.started_at.value_or(queued_at);
  execution.queued_us = known.queued_us;
  execution.start_us = known.start_us;
  execution.wall_us = known.wall_us;
  execution.cpu_us = known.cpu_us;
  execution.peak_memory_kb = known.peak_memory_kb;
  execution.output_cut = known.output_cut;
  if (known.verdict != Verdict::ok) return execution;
  // It ended before its answer was lost on the way: what it gave may have been kept.
  if (auto output = kept_output(data_, logs_, known)) {
    execution.output = *std::move(output);
  } else {
    execution.verdict = Verdict::runner_lost;
    execution.detail =
        "it ended ok, but its answer was lost on the way, and " + output.error().detail;
  }
  return execution;
}

Result<Nothing> unload_everywhere(data::Data& data, runner::Runner& runner, const Uuid& fn_id) {
  const auto known = TRY(data.list_runners({}));
  for (const std::string& name : known.runners) {
    const auto unloaded = runner.unload({fn_id, name});
    if (unloaded) continue;
    log::warning(
        "a runner has not forgotten a function",
        {{"runner", name}, {"fn_id", to_text(fn_id)}, {"reason", unloaded.error().detail}});
  }
  return Nothing{};
}

}  // namespace kappa::gateway
