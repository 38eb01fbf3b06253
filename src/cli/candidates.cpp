// A person waits for these with a finger on the key: what takes longer is left out.
#include "cli/candidates.hpp"

#include "cli/layout.hpp"
#include "cli/profiles.hpp"

namespace kappa::cli {
namespace {

constexpr std::int64_t patience_ms = 300;
constexpr std::int64_t recent = 20;

/// The server, and who asks it.
struct Asking {
  std::unique_ptr<gateway::Gateway> gateway;
  Caller caller;
};

Tried<Asking> start_asking(const Globals& globals) {
  const Session session = TRY(Session::open(globals, Output(Format::plain)));
  auto caller = TRY(session.caller());
  return Asking{connect_server(session.server(), patience_ms), std::move(caller)};
}

std::vector<Candidate> functions(const Globals& globals) {
  std::vector<Candidate> found;
  const auto asking = start_asking(globals);
  if (!asking) return found;
  const auto page = asking->gateway->list_functions(asking->caller, {});
  if (!page) return found;
  for (const auto& function : page->functions)
    found.push_back({function.name, "created " + moment(function.created_at)});
  return found;
}

std::vector<Candidate> executions(const Globals& globals) {
  std::vector<Candidate> found;
  const auto asking = start_asking(globals);
  if (!asking) return found;
  gateway::ListExecutions newest;
  newest.limit = recent;
  const auto page = asking->gateway->list_executions(asking->caller, newest);
  if (!page) return found;
  for (const auto& execution : page->executions)
    found.push_back(
        {to_text(execution.exec_id), execution.fn + ", " + moment(execution.queued_at)});
  return found;
}

std::vector<Candidate> profiles() {
  std::vector<Candidate> found;
  const auto known = load_profiles();
  if (!known) return found;
  auto all = known->profiles;
  all.try_emplace(default_profile);
  for (const auto& [name, profile] : all) found.push_back({name, profile.server});
  return found;
}

template <class E>
std::vector<Candidate> choices() {
  std::vector<Candidate> found;
  for (const auto name : rpc::Codec<E>::names()) found.push_back({std::string(name), ""});
  return found;
}

}  // namespace

std::vector<Candidate> values_of(const std::string& kind, const Globals& globals) {
  if (kind == "NAME") return functions(globals);
  if (kind == "ID") return executions(globals);
  if (kind == "VERDICT") return choices<Verdict>();
  if (kind == "FORMAT") return choices<Format>();
  if (kind == "PROFILE") return profiles();
  if (kind == "FILE") return {{std::string(files), ""}};
  return {};
}

std::vector<Candidate> arguments_of(const std::string& fn_name, const Globals& globals) {
  std::vector<Candidate> found;
  const auto asking = start_asking(globals);
  if (!asking) return found;
  const auto function = asking->gateway->get_function(asking->caller, {fn_name});
  if (!function) return found;
  for (const auto& parameter : function->parameters)
    found.push_back({"--" + parameter.name, parameter.required ? "required" : "has a default"});
  return found;
}

}  // namespace kappa::cli
