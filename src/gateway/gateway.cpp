// What a user can do, one screen each.
#include "gateway/gateway.hpp"

#include "base/log.hpp"
#include "gateway/calls.hpp"
#include "gateway/kept.hpp"
#include "gateway/line_feed.hpp"
#include "gateway/readiness.hpp"
#include "rpc/record.hpp"

namespace kappa::gateway {

ReplyHead reply_head(const Invoked& invoked) {
  const unsigned status = invoked.verdict == Verdict::ok            ? 200
                          : invoked.verdict == Verdict::timeout     ? 504
                          : invoked.verdict == Verdict::runner_lost ? 502
                                                                    : 500;
  return {status, "Kappa-Verdict", std::string(rpc::Codec<Verdict>::name(invoked.verdict))};
}

ReplyHead reply_head(const Executed& executed) {
  if (executed.verdict != Verdict::runner_lost) return {};
  return {502, "Kappa-Verdict", "runner_lost"};
}

ReplyHead reply_head(const Health& health) {
  if (health.ready) return {};
  return {503, "Retry-After", "1"};
}

Result<Caller> authenticate(data::Data& data, const std::string& token) {
  auto user = data.identify({token});
  if (!user && user.error().code == Code::unauthorized)
    return Error{Code::unauthorized, "Could not validate credentials"};
  if (!user) return user.error();
  return Caller{user->user_id, std::move(user->username), token};
}

namespace {

/// What a client asked for, no longer than a name, and no letter of it halved.
std::string cut(std::string text) {
  if (text.size() <= NameRule::max_length) return text;
  std::size_t end = NameRule::max_length;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

/// A function as its owner is shown it.
Function described(const data::Function& function, const runner::Loaded& loaded) {
  Function out{function.name.value, function.version,  function.created_at, *function.code_id, {},
               loaded.takes_any,    function.settings, loaded.settings};
  for (const auto& parameter : loaded.parameters)
    out.parameters.push_back({parameter.name, parameter.required});
  return out;
}

double as_ms(std::int64_t us) { return static_cast<double>(us) / 1000; }

/// What it used, against which limits, in the units that people are told.
template <class Measured, class Told>
void tell_use(const Measured& execution, Told& out) {
  out.queued_ms = as_ms(execution.queued_us);
  out.start_ms = as_ms(execution.start_us);
  out.wall_ms = as_ms(execution.wall_us);
  out.cpu_ms = as_ms(execution.cpu_us);
  out.peak_memory_kb = execution.peak_memory_kb;
  out.output_cut = execution.output_cut;
  out.limits = execution.limits;
}

/// An execution as its owner is shown it.
Execution shown(const data::Execution& execution) {
  const bool ok = execution.verdict == Verdict::ok;
  Execution out;
  out.exec_id = execution.exec_id;
  out.fn = execution.fn_name.value;
  out.version = execution.fn_version;
  out.attempt = execution.attempt;
  out.status = !execution.verdict ? "running" : ok ? "executed" : "failed";
  out.verdict = execution.verdict;
  if (!execution.detail.empty()) out.error = execution.detail;
  out.queued_at = execution.queued_at;
  out.started_at = execution.started_at;
  out.ended_at = execution.ended_at;
  tell_use(execution, out);
  out.replay_of = execution.replay_of;
  if (!execution.runner.empty()) out.runner = execution.runner;
  return out;
}

/// A call that has ended, as its caller is told of it.
Executed executed(const Name& fn_name, runner::Execution execution) {
  const bool ok = execution.verdict == Verdict::ok;
  Executed out;
  out.fn = fn_name.value;
  out.exec_id = execution.exec_id;
  out.status = ok ? "executed" : "failed";
  out.output.text = "{}";
  out.verdict = execution.verdict;
  if (ok && execution.output.text != "null") out.output = std::move(execution.output);
  if (!execution.detail.empty()) out.error = std::move(execution.detail);
  if (!execution.traceback.empty()) out.traceback = std::move(execution.traceback);
  tell_use(execution, out);
  return out;
}

class ModularGateway final : public Gateway {
 public:
  ModularGateway(const Modules& modules, const Removal& removal, const RelatedRepositories& related,
                 const Clock& clock, Random& random, std::function<bool()> leaving)
      : data_(modules.data),
        fn_code_(modules.fn_code),
        runner_(modules.runner),
        logs_(modules.logs),
        calls_(modules.data, modules.runner, modules.logs, clock, random),
        removal_(removal),
        related_(related),
        clock_(clock),
        random_(random),
        leaving_(std::move(leaving)) {}

  Result<Status> signup(const Signup& ask) override {
    TRY(data_.signup({ask.username, ask.password}));
    return Status{};
  }

  Result<Token> login(const Login& ask) override {
    auto session = data_.login({ask.username, ask.password});
    if (!session && session.error().code == Code::unauthorized) {
      return Error{Code::unauthorized, "Incorrect username or password"};
    }
    if (!session) return session.error();
    return Token{std::move(session->token)};
  }

  Result<Nothing> logout(const Caller& caller, const Logout&) override {
    return data_.logout({caller.token});
  }

  Result<Token> change_password(const Caller& caller, const ChangePassword& ask) override {
    auto session = data_.change_password({caller.user_id, ask.password, ask.new_password});
    if (!session && session.error().code == Code::unauthorized) {
      return Error{Code::invalid, "", {{"/password", "is not the present password of this user"}}};
    }
    if (!session) return session.error();
    return Token{std::move(session->token)};
  }

  Result<Me> get_me(const Caller& caller, const GetMe&) override { return Me{caller.username}; }

  Result<Created> create_function(const Caller& caller, const CreateFunction& ask) override {
    const Uuid fn_id = make_uuid(clock_, random_);
    const FunctionSettings settings = ask.settings.value_or(FunctionSettings{});
    TRY(data_.reserve_function({fn_id, caller.user_id, ask.name, settings}));
    if (const auto made = store_and_publish(fn_id, ask.name.value, ask.code, settings); !made) {
      if (const auto undone = removal_.remove(fn_id); !undone) {
        log::warning("creation not undone yet", {{"fn_id", to_text(fn_id)},
                                                 {"function", ask.name.value},
                                                 {"reason", undone.error().detail}});
      }
      return made.error();
    }
    return Created{ask.name.value, true, related_.find(ask.name)};
  }

  Result<FunctionPage> list_functions(const Caller& caller, const ListFunctions& ask) override {
    auto found = TRY(data_.list_functions({caller.user_id, ask.after, ask.limit}));
    FunctionPage page{{}, std::move(found.next)};
    for (auto& [function, executions] : found.functions) {
      page.functions.push_back(
          {std::move(function.name.value), function.version, function.created_at, executions});
    }
    return page;
  }

  Result<Function> get_function(const Caller& caller, const FunctionByName& ask) override {
    const auto function = TRY(find(caller, ask.fn_name));
    return described(function, TRY(runner_.load({function.fn_id, *function.code_id,
                                                 function.settings, function.name.value})));
  }

  Result<Function> configure_function(const Caller& caller, const ConfigureFunction& ask) override {
    const auto function = TRY(find(caller, ask.fn_name));
    // The runner says what may be asked for; then the next call finds it loaded so.
    const auto loaded =
        runner_.load({function.fn_id, *function.code_id, ask.settings.value, function.name.value});
    if (!loaded) {
      Error refused = loaded.error();
      constexpr std::string_view member = "/settings";  // here they are the whole body
      for (Fault& fault : refused.faults) {
        if (fault.at.starts_with(member)) fault.at.erase(0, member.size());
      }
      return refused;
    }
    return described(TRY(data_.configure_function({function.fn_id, ask.settings.value})), *loaded);
  }

  Result<FunctionCode> get_code(const Caller& caller, const FunctionByName& ask) override {
    const auto function = TRY(find(caller, ask.fn_name));
    const Stream source = TRY(fn_code_.read({*function.code_id}));
    FunctionCode out{*function.code_id, {}, function.settings};
    while (const auto piece = TRY(source.next())) out.code.value += *piece;
    return out;
  }

  Result<Executed> execute_function(const Caller& caller, const ExecuteFunction& ask) override {
    const auto function = TRY(find(caller, ask.fn_name));
    return executed(function.name, TRY(calls_.run(function, {rpc::write_json(ask.args.value)})));
  }

  Result<Invoked> invoke_function(const Caller& caller, const InvokeFunction& ask) override {
    const auto function = TRY(find(caller, ask.fn_name));
    return Invoked{executed(function.name, TRY(calls_.run(function, ask.args.value)))};
  }

  Result<Nothing> delete_function(const Caller& caller, const FunctionByName& ask) override {
    const auto function = TRY(find(caller, ask.fn_name));
    return removal_.remove(function.fn_id);
  }

  Result<ExecutionPage> list_executions(const Caller& caller, const ListExecutions& ask) override {
    const auto found = TRY(data_.list_executions(
        {caller.user_id, ask.fn_name, ask.verdict, ask.running, ask.before, ask.limit}));
    ExecutionPage page{{}, found.next};
    for (const auto& execution : found.executions) page.executions.push_back(shown(execution));
    return page;
  }

  Result<Execution> get_execution(const Caller& caller, const ExecutionById& ask) override {
    return shown(TRY(find_execution(caller, ask.exec_id)));
  }

  Result<Execution> cancel_execution(const Caller& caller, const ExecutionById& ask) override {
    const auto execution = TRY(find_execution(caller, ask.exec_id));
    return shown(TRY(calls_.stop(execution)));
  }

  Result<RawJson> get_input(const Caller& caller, const ExecutionById& ask) override {
    return kept_input(data_, logs_, TRY(find_execution(caller, ask.exec_id)));
  }

  Result<RawJson> get_output(const Caller& caller, const ExecutionById& ask) override {
    return kept_output(data_, logs_, TRY(find_execution(caller, ask.exec_id)));
  }

  Result<Replayed> replay_execution(const Caller& caller, const ExecutionById& ask) override {
    const auto original = TRY(find_execution(caller, ask.exec_id));
    auto input = TRY(kept_input(data_, logs_, original));
    const auto function = TRY(find(caller, original.fn_name.value));
    auto again = TRY(calls_.run(function, std::move(input), original.exec_id));
    const auto same = TRY(same_end(data_, logs_, original, again));
    return Replayed{executed(function.name, std::move(again)), original.exec_id, same};
  }

  Result<LogLines> get_function_logs(const Caller& caller, const GetFunctionLogs& ask) override {
    const auto function = TRY(find(caller, ask.fn_name));
    return as_lines(logs_.read_function({function.fn_id, ask.limit}));
  }

  Result<LogLines> get_execution_logs(const Caller& caller, const ExecutionById& ask) override {
    return as_lines(logs_.read_execution({TRY(find_execution(caller, ask.exec_id)).exec_id}));
  }

  Result<LinePage> read_lines(const Caller& caller, const ReadLogLines& ask) override {
    const auto function = TRY(find(caller, ask.fn_name));
    return logs_.read_lines(TRY(selection_of(ask, function.fn_id, clock_)));
  }

  Result<Stream> follow_lines(const Caller& caller, const FollowLogLines& ask) override {
    const auto function = TRY(find(caller, ask.fn_name));
    ReadLogLines wanted{ask.fn_name, ask.exec_id, {}, {}, ask.stream, ask.grep, {}, {}, {}};
    wanted.after = ask.last_event_id;
    const auto selection = TRY(selection_of(wanted, function.fn_id, clock_));
    if (selection.after) TRY(logs_.read_lines(selection));  // whether it is a cursor
    auto seat = TRY(followers_.take(caller.user_id));
    const auto goes_on = [this, caller, selection, function]() {
      return over(caller, function, selection.exec_id);
    };
    return follow(logs_, selection, goes_on, std::move(seat));
  }

  Result<Bill> get_bill(const Caller& caller, const GetBill&) override {
    auto bill = TRY(data_.get_bill({caller.user_id}));
    return Bill{bill.total, std::move(bill.fn)};
  }

  Result<Usage> get_usage(const Caller& caller, const GetUsage& ask) override {
    return data_.get_usage({caller.user_id, ask.month, ask.daily});
  }

  Result<Budget> get_budget(const Caller& caller, const GetBudget&) override {
    return data_.get_budget({caller.user_id});
  }

  Result<Budget> set_budget(const Caller& caller, const SetBudget& ask) override {
    return data_.set_budget({caller.user_id, ask.monthly_budget});
  }

  Result<Health> get_health(const GetHealth&) override {
    Health health;
    health.version = KAPPA_VERSION;
    look_at_logs(logs_, health);
    look_at_runner(runner_, health);
    if (leaving_()) {
      make_unready(health, "it is being stopped; ask again");
    } else if (auto recording = data_.check_recording({}); !recording) {
      make_unready(health, std::move(recording).error().detail);
    }
    return health;
  }

 private:
  /// Killed between any two of these, the function is still only reserved, and the sweep at start
  /// removes it.
  Result<Nothing> store_and_publish(const Uuid& fn_id, const std::string& name, const Source& code,
                                    const FunctionSettings& settings) {
    const auto stored = TRY(fn_code_.store({fn_id, code}));
    TRY(runner_.load({fn_id, stored.code_id, settings, name}));
    TRY(data_.publish_function({fn_id, stored.code_id}));
    return Nothing{};
  }

  Result<data::Function> find(const Caller& caller, const std::string& name) {
    auto function = data_.find_function({caller.user_id, name});
    if (!function && function.error().code == Code::not_found) {
      return Error{Code::not_found, "function '" + cut(name) + "' not found"};
    }
    return function;
  }

  Result<data::Execution> find_execution(const Caller& caller, const std::string& id) {
    const Error absent{Code::not_found, "execution '" + cut(id) + "' not found"};
    const auto exec_id = parse_uuid(id);
    if (!exec_id) return absent;
    auto execution = data_.get_execution({*exec_id});
    if (!execution && execution.error().code != Code::not_found) return execution.error();
    if (!execution || execution->user_id != caller.user_id) return absent;
    return execution;
  }

  /// Why somebody who follows a function's lines gets no more of them.
  Result<std::optional<Over>> over(const Caller& caller, const data::Function& function,
                                   const std::optional<Uuid>& exec_id) {
    using Answer = std::optional<Over>;
    const auto user = data_.identify({caller.token});
    if (!user && user.error().code != Code::unauthorized) return user.error();
    if (!user) return Answer(Over{"the token is revoked or has expired; log in again"});
    const auto now = data_.find_function({caller.user_id, function.name.value});
    if (!now && now.error().code != Code::not_found) return now.error();
    if (!now || now->fn_id != function.fn_id)
      return Answer(Over{"function '" + function.name.value + "' was deleted"});
    if (!exec_id) return Answer();
    const auto execution = data_.get_execution({*exec_id});
    if (!execution && execution.error().code != Code::not_found) return execution.error();
    if (execution && !execution->verdict) return Answer();
    return Answer(Over{"the execution has ended", false});
  }

  static Result<LogLines> as_lines(Result<logs::Lines> lines) {
    if (!lines) return lines.error();
    LogLines out;
    for (auto& line : lines->logs) out.logs.push_back({line.ts, std::move(line.content)});
    return out;
  }

  data::Data& data_;
  fn_code::FnCode& fn_code_;
  runner::Runner& runner_;
  logs::Logs& logs_;
  const Calls calls_;
  const Removal& removal_;
  const RelatedRepositories& related_;
  const Clock& clock_;
  Random& random_;
  const std::function<bool()> leaving_;
  Followers followers_;
};

}  // namespace

std::unique_ptr<Gateway> make_gateway(const Modules& modules, const Removal& removal,
                                      const RelatedRepositories& related, const Clock& clock,
                                      Random& random, std::function<bool()> leaving) {
  return std::make_unique<ModularGateway>(modules, removal, related, clock, random,
                                          std::move(leaving));
}

}  // namespace kappa::gateway
