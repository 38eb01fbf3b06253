// One warning for each file that was set aside.
#include "gateway/readiness.hpp"

#include <utility>

namespace kappa::gateway {

void make_unready(Health& health, std::string reason) {
  health.status = "unready";
  health.ready = false;
  health.reason = std::move(reason);
}

void look_at_runner(runner::Runner& runner, Health& health) {
  auto condition = runner.inspect({});
  if (!condition) {
    health.rewind.detail = "no runner answers";
    return make_unready(health, "no runner answers: " + condition.error().detail);
  }
  if (!condition->ready) make_unready(health, condition->reason);
  const auto told = [](runner::Layer& layer) {
    return Protection{std::move(layer.name), layer.holds, std::move(layer.detail)};
  };
  health.isolation = std::move(condition->isolation);
  health.rewind = told(condition->rewind);
  for (auto& layer : condition->layers) health.layers.push_back(told(layer));
}

void look_at_logs(logs::Logs& logs, Health& health) {
  auto condition = logs.inspect({});
  if (!condition) return make_unready(health, std::move(condition).error().detail);
  if (condition->failing) make_unready(health, *std::move(condition->failing));
  for (const std::string& name : condition->damaged) {
    health.warnings.push_back({"logs",
                               "a day's file was damaged and set aside as fn_logs/" + name +
                                   "; what was printed on that day until then cannot be read",
                               "restore a backup, or move that file away to end this warning"});
  }
}

}  // namespace kappa::gateway
