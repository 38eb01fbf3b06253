// One for each file.
#include "gateway/warnings.hpp"

namespace kappa::gateway {

std::vector<Warning> warnings_of(logs::Logs& logs) {
  const std::string about = "logs";
  const auto condition = logs.inspect({});
  if (!condition) return {{about, condition.error().detail, "look at the server's log"}};
  std::vector<Warning> warnings;
  for (const std::string& name : condition->damaged) {
    warnings.push_back({about,
                        "a day's file was damaged and set aside as fn_logs/" + name +
                            "; what was printed on that day until then cannot be read",
                        "restore a backup, or move that file away to end this warning"});
  }
  return warnings;
}

}  // namespace kappa::gateway
