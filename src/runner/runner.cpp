// The runner: load, run, write down, answer.
#include "runner/runner.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>

#include "base/client_watch.hpp"
#include "base/log.hpp"
#include "runner/arguments.hpp"
#include "runner/begun.hpp"
#include "runner/call.hpp"
#include "runner/call_slots.hpp"
#include "runner/exchange.hpp"
#include "runner/function_cache.hpp"
#include "runner/lease.hpp"
#include "runner/peers.hpp"
#include "runner/recording.hpp"
#include "runner/running_calls.hpp"
#include "runner/telling.hpp"
#include "runner/terms.hpp"
#include "runner/upkeep.hpp"

namespace kappa::runner {
namespace {

constexpr std::int64_t queue_within_ms =
    10'000;  // a caller that waited longer is better told to come again
// How long a call that has ended waits until what it printed can be kept.
constexpr std::chrono::milliseconds keep_within{12'000};

class ForkingRunner final : public LocalRunner {
 public:
  ForkingRunner(const RunnerOptions& options, const RunnerPlaces& places, data::Data& data,
                fn_code::FnCode& fn_code, fn_logs::FnLogs& fn_logs, const Clock& clock,
                Random& random)
      : options_(options),
        data_(data),
        fn_logs_(fn_logs),
        clock_(clock),
        peers_(data, fn_code, fn_logs),
        template_(places.executable, {options, places.hidden.string()},
                  [this](pid_t started) { groups_.add_template(started); }),
        functions_(template_, groups_, fn_code, options_),
        slots_(options.max_calls),
        lease_(options.name, make_uuid(clock, random), data, fn_logs) {
    require_walls();
  }

  Result<Nothing> begin_life() override {
    auto begun = lease_.begin();
    if (begun) return begun;
    Error why = begun.error();
    log::warning("calls are refused until the ledger answers", {{"reason", why.detail}});
    if (why.code == Code::unavailable) return Nothing{};
    why.detail = "the runner cannot announce itself: " + why.detail;
    return why;
  }

  Result<Loaded> load(const Load& ask) override {
    const Terms terms = TRY(agree(ask.settings));
    const auto function = TRY(functions_.get(ask.fn_id, ask.code_id, terms, ask.fn_name));
    upkeep_.refill(function);
    return told(ask.fn_id, *function);
  }

  Result<Loaded> get_loaded(const FunctionById& ask) override {
    const auto function = functions_.find(ask.fn_id);
    return function ? told(ask.fn_id, *function) : Loaded{ask.fn_id, false, {}, false, {}};
  }

  Result<Execution> invoke(const Invoke& ask) override {
    const auto arrived = std::chrono::steady_clock::now();
    TRY(lease_.begin());
    const Terms terms = TRY(agree(ask.settings));
    // From here on it hears when its function is deleted, also while it waits for its turn.
    RunningCalls::Entry entry(running_, ask.exec_id, ask.fn_id);
    const int client = client_of_this_thread();
    // Before it is loaded: whoever waits for a module that takes its time holds a slot.
    const auto slot =
        slots_.take({ask.user_id, ask.fn_id, terms.concurrency}, after_ms(queue_within_ms),
                    [&] { return has_left(client) || !entry.stopped().empty(); });
    if (!entry.stopped().empty()) return deleted(ask);
    if (!slot)
      return Error{Code::limited,
                   "too many calls are running and waiting; nothing was run, try again"};
    const auto began = std::chrono::steady_clock::now();
    auto function =
        TRY(peers_.noted(functions_.get(ask.fn_id, ask.code_id, terms, ask.fn_name.value)));
    TRY(check_arguments(function->signature(), ask.args));
    if (!function->settled()) upkeep_.refill(function);
    TRY(peers_.noted(check_keeping()));
    const std::int64_t load_us = us_between(began, std::chrono::steady_clock::now());
    const data::StartExecution start{
        ask.exec_id, ask.attempt,    options_.name,      lease_.id(),  ask.fn_id,    ask.user_id,
        ask.fn_name, ask.fn_version, terms.walls.limits, clock_.now(), ask.replay_of};
    TRY(peers_.noted(record_start(data_, lease_, start)));
    Begun begun(data_, start, clock_);
    const auto stopped = [&] { return !entry.stopped().empty(); };
    Telling telling(fn_logs_, start, clock_, stopped, unkept_);
    const CallContext context{clock_, entry, ask.user_id, client,
                              [&](Capture& printed) { telling.go_on(printed); }};
    auto call = run_call(*function, ask.args, context);
    Error fault{Code::unavailable,
                "no process can be made for the function; nothing was run, try again"};
    if (!call && entry.stopped().empty()) {
      // Nothing ran: the zygote was gone, and a new one may be had.
      log::warning("a function is loaded anew, for no process could be had of it",
                   {{"function", ask.fn_name.value}, {"exec_id", to_text(ask.exec_id)}});
      function->mark_broken();
      if (auto again = functions_.get(ask.fn_id, ask.code_id, terms, ask.fn_name.value)) {
        function = *again;
        call = run_call(*function, ask.args, context);
      } else {
        fault = again.error();
      }
    }
    upkeep_.refill(function);
    begun.end();
    if (!call) return give_up(start, std::move(fault), telling);
    call->start_us += load_us;
    auto exchange = exchange_of(ask.args, *call, terms.keep_bytes);
    return write_down(start, *std::move(call), std::move(exchange), us_between(arrived, began),
                      telling);
  }

  Result<Nothing> cancel(const Cancel& ask) override {
    if (running_.stop(ask.exec_id, "its owner stopped it")) return Nothing{};
    return Error{Code::not_found, "execution '" + to_text(ask.exec_id) + "' does not run here"};
  }

  Result<Nothing> unload(const Unload& ask) override {
    running_.stop_function(ask.fn_id, "the function was deleted while it ran");
    functions_.unload(ask.fn_id);
    return Nothing{};
  }

  Result<Condition> inspect(const Inspect&) override {
    auto leased = lease_.begin();
    if (leased) leased = peers_.accept_us();
    return Condition{std::string(rpc::Codec<Isolation>::name(options_.isolation)),
                     layers(),
                     template_.rewind(),
                     static_cast<std::int64_t>(functions_.size()),
                     slots_.taken(),
                     options_.max_calls,
                     bool(leased),
                     leased ? "" : leased.error().detail};
  }

 private:
  Result<Terms> agree(const FunctionSettings& settings) const {
    return agree_terms(settings, options_, template_.rewind().holds);
  }

  void require_walls() const {
    std::string missing;
    for (const Layer& layer : layers()) {
      if (layer.holds) continue;
      missing += (missing.empty() ? "" : "; ") + layer.name + ": " + layer.detail;
      log::warning("a protection does not hold", {{"layer", layer.name}, {"reason", layer.detail}});
    }
    if (options_.isolation == Isolation::require && !missing.empty()) {
      throw std::runtime_error("runner.isolation is \"require\", but not every protection holds: " +
                               missing);
    }
  }

  std::vector<Layer> layers() const {
    auto all = template_.layers();
    if (options_.isolation != Isolation::off) all.push_back(groups_.layer());
    return all;
  }

  static Loaded told(const Uuid& fn_id, const LoadedFunction& function) {
    return {fn_id, true, function.signature().parameters, function.signature().takes_any,
            settings_of(function.terms_in_force())};
  }

  /// Once something could not be kept, nothing runs that might print before something can.
  Result<Nothing> check_keeping() {
    if (!unkept_) return Nothing{};
    const auto condition = TRY(fn_logs_.inspect({}));
    if (condition.failing)
      return Error{Code::unavailable, *condition.failing + "; nothing was run, try again"};
    unkept_ = false;
    return Nothing{};
  }

  static Error deleted(const Invoke& ask) {
    return {Code::not_found, "function '" + ask.fn_name.value +
                                 "' was deleted while the call waited its turn; nothing was run"};
  }

  data::FinishExecution outcome_of(const data::StartExecution& start, Verdict verdict,
                                   const std::string& detail) const {
    const Timestamp now = clock_.now();
    data::FinishExecution outcome;
    outcome.exec_id = start.exec_id;
    outcome.attempt = start.attempt;
    outcome.lease = start.lease;
    outcome.verdict = verdict;
    outcome.detail = detail;
    outcome.started_at = outcome.ended_at = now;
    return outcome;
  }

  /// No process could be had: the execution that was begun in the ledger ends there, unbilled.
  Error give_up(const data::StartExecution& start, Error fault, Telling& telling) {
    const auto outcome =
        outcome_of(start, Verdict::runner_lost, "nothing was run: " + fault.detail);
    telling.end({}, outcome.ended_at, outcome.verdict, outcome.detail, {});
    const auto written = data_.finish_execution(outcome);
    (void)telling.settle({});  // the ledger says the same
    if (!written)
      log::warning("outcome not written", {{"exec_id", to_text(start.exec_id)},
                                           {"function", start.fn_name.value},
                                           {"reason", written.error().detail}});
    return fault;
  }

  /// It ran, and its outcome could not be recorded: an error would say that nothing was done.
  static Execution lost(const data::StartExecution& start, const CallResult& call,
                        const Error& why) {
    Execution execution;
    execution.exec_id = start.exec_id;
    execution.verdict = Verdict::runner_lost;
    execution.output.text = "null";
    execution.detail =
        "the function ran, but this could not be recorded, and is not billed: " + why.detail;
    execution.limits = start.limits;
    execution.started_at = call.started_at;
    return execution;
  }

  Execution write_down(const data::StartExecution& start, CallResult call,
                       std::optional<fn_logs::Exchange> exchange, std::int64_t queued_us,
                       Telling& telling) {
    // While the ledger is written too.
    telling.end(std::move(call.pieces), call.ended_at, call.verdict, call.detail,
                std::move(exchange));
    auto outcome = outcome_of(start, call.verdict, call.detail);
    outcome.started_at = call.started_at;
    outcome.ended_at = call.ended_at;
    outcome.queued_us = queued_us;
    outcome.start_us = call.start_us;
    outcome.wall_us = call.wall_us;
    outcome.cpu_us = call.cpu_us;
    outcome.peak_memory_kb = call.peak_memory_kb;
    outcome.output_cut = call.output_cut;
    if (call.hung_up) outcome.hung_up = true;
    const auto written = record_outcome(data_, peers_, start, outcome, keep_within);
    const auto appended = telling.settle(written ? keep_within : std::chrono::milliseconds());
    if (!appended) {
      log::warning("output not kept", {{"exec_id", to_text(start.exec_id)},
                                       {"function", start.fn_name.value},
                                       {"reason", appended.error().detail}});
    }
    if (!written) return lost(start, call, written.error());
    return Execution{start.exec_id,
                     call.verdict,
                     std::move(call.output),
                     std::move(call.detail),
                     std::move(call.traceback),
                     start.limits,
                     call.started_at,
                     queued_us,
                     call.start_us,
                     call.wall_us,
                     call.cpu_us,
                     call.peak_memory_kb,
                     call.output_cut || !appended};
  }

  const RunnerOptions options_;
  data::Data& data_;
  fn_logs::FnLogs& fn_logs_;
  const Clock& clock_;
  Peers peers_;
  ControlGroups groups_;  // first: it moves this process, and what was started before stays
  TemplateProcess template_;
  FunctionCache functions_;
  CallSlots slots_;
  Lease lease_;
  std::atomic<bool> unkept_ = false;  // something could not be kept, and nobody has looked since
  RunningCalls running_;
  Upkeep upkeep_{functions_};
};

}  // namespace

std::unique_ptr<LocalRunner> open_runner(const RunnerOptions& options, const RunnerPlaces& places,
                                         data::Data& data, fn_code::FnCode& fn_code,
                                         fn_logs::FnLogs& fn_logs, const Clock& clock,
                                         Random& random) {
  return std::make_unique<ForkingRunner>(options, places, data, fn_code, fn_logs, clock, random);
}

}  // namespace kappa::runner
