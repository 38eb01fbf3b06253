// What was sent may have run: it is never sent again.
#include "gateway/calls.hpp"

#include "base/log.hpp"
#include "gateway/kept.hpp"

namespace kappa::gateway {
namespace {

/// Whether the request may have reached a runner.
bool may_have_run(const Error& error) {
  return error.contact == Contact::late || error.contact == Contact::strange ||
         error.contact == Contact::cut;
}

}  // namespace

Result<runner::Execution> Calls::run(const data::Function& function, RawJson args,
                                     std::optional<Uuid> replay_of) const {
  const runner::Invoke ask{make_uuid(clock_, random_),
                           function.fn_id,
                           *function.code_id,
                           function.user_id,
                           function.name,
                           function.version,
                           std::move(args),
                           function.settings,
                           replay_of};
  const Timestamp queued_at = clock_.now();
  auto execution = runner_.invoke(ask);
  if (execution || !may_have_run(execution.error())) return execution;
  return give_up(ask, queued_at, execution.error());
}

Result<runner::Execution> Calls::give_up(const runner::Invoke& ask, Timestamp queued_at,
                                         const Error& why) const {
  log::warning("a runner gave no answer",
               {{"exec_id", to_text(ask.exec_id)}, {"reason", why.detail}});
  const std::string lost = "its runner, or the way to it, broke while it ran; it is not billed";
  const auto known = TRY(data_.lose_execution(
      {ask.exec_id, ask.fn_id, ask.user_id, ask.fn_name, ask.fn_version, lost, queued_at}));
  runner::Execution execution;
  execution.exec_id = ask.exec_id;
  execution.verdict = *known.verdict;
  execution.output.text = "null";
  execution.detail = known.detail;
  execution.limits = known.limits;
  execution.started_at = known.started_at.value_or(queued_at);
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
