// One call, and a comparison.
#include "cli/replay_command.hpp"

#include "cli/difference.hpp"
#include "cli/invoke_command.hpp"
#include "cli/layout.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

/// How an execution ended, in lines: its result, or its verdict and why.
std::string end_of(Verdict verdict, const std::string& result, const std::string& error) {
  if (verdict == Verdict::ok) return indented(result);
  return std::string(rpc::Codec<Verdict>::name(verdict)) + ": " + error;
}

Tried<std::string> original_end(const Session& session, const std::string& exec_id) {
  const auto original = TRY(session.ask("Looking at it", [&](auto& gateway, const Caller& who) {
    return gateway.get_execution(who, {exec_id});
  }));
  if (original.verdict != Verdict::ok) {
    return end_of(original.verdict.value_or(Verdict::error), "", original.error.value_or(""));
  }
  const auto result = TRY(session.ask("Reading its result", [&](auto& gateway, const Caller& who) {
    return gateway.get_output(who, {exec_id});
  }));
  // As executions show a result: None is {}.
  return end_of(Verdict::ok, result.text == "null" ? "{}" : result.text, "");
}

/// "the input of ... is not kept: reason", parted at the reason.
Trouble refusal_of(Trouble trouble, const std::string& exec_id) {
  const std::size_t at = trouble.what.find(": ");
  if (trouble.code != Code::not_found || at == trouble.what.npos) return trouble;
  trouble.why = trouble.what.substr(at + 2);
  trouble.what.resize(at);
  trouble.todo = "kappa exec show " + exec_id + " has what is known of it";
  return trouble;
}

void tell_difference(const Session& session, const std::string& exec_id,
                     const gateway::Replayed& replayed) {
  note("not the same as " + exec_id + ":");
  const auto before = original_end(session, exec_id);
  if (!before) return note("what that gave cannot be shown: " + before.error().what);
  const std::string now =
      end_of(replayed.verdict, replayed.output.text, replayed.error.value_or(""));
  for (const std::string& line : difference(*before, now)) note(line);
}

}  // namespace

Tried<int> replay_execution(const Session& session, const std::string& exec_id, bool quiet) {
  const auto tried = session.ask("Replaying", [&](auto& gateway, const Caller& who) {
    return gateway.replay_execution(who, {exec_id});
  });
  if (!tried) return refusal_of(tried.error(), exec_id);
  const gateway::Replayed& replayed = *tried;
  const int code = tell_call(session, replayed, rpc::write_json(replayed), quiet);
  if (session.out().json()) return code;
  if (!replayed.same) {
    note("whether it is the same is not known: what " + exec_id + " gave is not kept");
  } else if (*replayed.same) {
    note("the same as " + exec_id);
  } else {
    tell_difference(session, exec_id, replayed);
  }
  return code;
}

}  // namespace kappa::cli
